import { type ReactElement, type Ref, useEffect, useRef, useState } from 'react';
import type { Client } from '../../../electron/contract/contract.ts';
import type { MachineVm } from '../../../electron/contract/machine.ts';
import { Icon } from '../../components/icon.tsx';
import type { CaptureHandlers } from './use-capture.ts';
import type { ScreenSession } from './screen-session.ts';
import type { ScreenView } from './screen-view.ts';

/** The guest's screen, or its last picture, with whatever stands over it. */
export function ScreenPane({
  screen,
  view,
  lastPicture,
  label,
  captured,
  releaseKeys,
  handlers,
  frame,
  children,
}: {
  screen: ScreenSession;
  view: ScreenView;
  lastPicture: string | undefined;
  /** What the picture shows: "demo, running". */
  label: string;
  captured: boolean;
  releaseKeys: string;
  handlers: CaptureHandlers;
  frame: Ref<HTMLDivElement>;
  children: ReactElement;
}): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.append(screen.element);
  }, [screen]);
  const isShown = view.kind === 'live' || view.kind === 'paused' || view.kind === 'busy';
  return (
    <main className="screen" data-region>
      <div
        className="screen-frame"
        ref={frame}
        tabIndex={isShown ? 0 : -1}
        role="group"
        aria-label={isShown && !captured ? `${label}. Press Enter to give it the keyboard.` : label}
        data-dimmed={view.kind !== 'live' || undefined}
        hidden={!isShown}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.target !== event.currentTarget || view.kind !== 'live') return;
          event.preventDefault();
          screen.focus();
        }}
        {...handlers}
      >
        <div className="screen-place" ref={place} />
      </div>
      {isShown || lastPicture === undefined ? null : (
        <img className="last-picture" src={lastPicture} alt={`Last picture of ${label}`} />
      )}
      {captured ? (
        <div className="hint" role="status">
          <Icon name="keyboard" />
          Keyboard and pointer are in the guest. Release with <kbd>{releaseKeys}</kbd>
        </div>
      ) : null}
      {children}
    </main>
  );
}

/** The picture kept of a machine that is not shown live; asked for again when it changed. */
export function useKeptPicture(client: Client, machine: MachineVm | undefined, isWanted: boolean): string | undefined {
  const [kept, setKept] = useState<string>();
  const id = machine?.id;
  const version = machine?.pictureVersion;
  useEffect(() => {
    if (!isWanted || id === undefined || version === undefined) return undefined;
    const ended = new AbortController();
    client.call('vms.picture', { id, maxWidth: 1920 }, { signal: ended.signal }).then(
      (picture) => setKept(picture === null ? undefined : `data:image/png;base64,${picture.png}`),
      // Without a picture the ground stays empty, as for a machine that never ran.
      () => undefined,
    );
    return () => ended.abort();
  }, [client, id, version, isWanted]);
  return kept;
}
