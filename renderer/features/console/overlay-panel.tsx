import { type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react';
import { durationText } from '../../../electron/contract/words/durations.ts';
import { useNow } from '../../words/use-now.ts';

/** A wait that takes longer than this says how long it has taken, in milliseconds. */
const patienceMs = 5_000;

/** A card over the screen. */
export function Panel({ children, isAlert = false }: { children: ReactNode; isAlert?: boolean }): ReactElement {
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that led here may be gone, and the keyboard would start from the top of the page.
    if (document.activeElement === document.body) panel.current?.querySelector('button')?.focus();
  }, []);
  return (
    <div className="overlay">
      <div className="overlay-panel" ref={panel} role={isAlert ? 'alert' : 'status'}>
        {children}
      </div>
    </div>
  );
}

/** A spinner with its word, not before 200 ms (by CSS); after a while with the time taken and a way out. */
export function Waiting({
  word,
  since,
  children,
}: {
  word: string;
  since: string | undefined;
  children?: ReactNode;
}): ReactElement {
  const [begun] = useState(Date.now);
  const takenMs = useNow(1000) - (since === undefined ? begun : Date.parse(since));
  const isLong = takenMs >= patienceMs;
  return (
    <div className="overlay overlay-late">
      <div className="overlay-panel overlay-waiting">
        <span className="spinner" aria-hidden="true" />
        <span role="status">{word}</span>
        {isLong ? <span className="overlay-text">for {durationText(takenMs)}</span> : null}
        {isLong ? children : null}
      </div>
    </div>
  );
}
