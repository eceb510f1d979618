import { type ReactElement, type RefObject } from 'react';
import { useNativePlace } from './native-place.ts';
import type { NativeSession } from './native-session.ts';
import type { ScreenView } from './screen-view.ts';

/** The placeholder that macOS lays the guest's screen over, with whatever stands there while it is not simply live. */
export function NativePane({
  session,
  view,
  isWanted,
  lastPicture,
  label,
  frame,
  children,
}: {
  session: NativeSession;
  view: ScreenView;
  /** Whether a machine of ours runs, so that a screen can come. */
  isWanted: boolean;
  lastPicture: string | undefined;
  /** What the picture shows: "demo, running". */
  label: string;
  frame: RefObject<HTMLDivElement | null>;
  children: ReactElement;
}): ReactElement {
  const isLive = view.kind === 'live';
  // What says that it is awaited stands aside by itself when it comes.
  useNativePlace(session, frame, { isWanted, isCovered: !isLive && view.kind !== 'waiting' });
  return (
    <main className="screen" data-region data-native>
      <div
        className="screen-frame"
        ref={frame}
        tabIndex={isLive ? 0 : -1}
        role="group"
        aria-label={isLive ? `${label}. Press Enter to give it the keyboard.` : label}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !isLive) return;
          event.preventDefault();
          session.giveKeyboard();
        }}
      />
      {isLive || lastPicture === undefined ? null : (
        <img className="last-picture" src={lastPicture} alt={`Last picture of ${label}`} />
      )}
      {children}
    </main>
  );
}
