import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Found } from './find-field.tsx';
import type { SerialSession } from './serial-session.ts';
import { openSerialTerminal, type SerialTerminal } from './serial-terminal.ts';
import { isKeyOf } from './use-console-keys.ts';

/**
 * A terminal in the element `place`, which shows what the port said and sends what is typed, while it is mounted.
 * @param isOurs whether there is a port to open
 */
export function useSerialTerminal(
  session: SerialSession,
  isOurs: boolean,
): {
  place: RefObject<HTMLDivElement | null>;
  terminal: RefObject<SerialTerminal | undefined>;
  found: Found | undefined;
} {
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<SerialTerminal | undefined>(undefined);
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    if (place.current === null) return undefined;
    const opened = openSerialTerminal(place.current, isKeyOfPage);
    terminal.current = opened;
    opened.onType((text) => session.type(text));
    opened.onFound(setFound);
    const close = session.open(opened);
    return () => {
      close();
      opened[Symbol.dispose]();
      terminal.current = undefined;
    };
  }, [session]);
  useEffect(() => {
    session.want(isOurs);
  }, [session, isOurs]);
  return { place, terminal, found };
}

/** Keys that leave the terminal; without them a keyboard could get in and never out. */
function isKeyOfPage(event: KeyboardEvent): boolean {
  return event.key === 'F6' || isKeyOf('edit.find', event) || isKeyOf('view.fullScreen', event);
}
