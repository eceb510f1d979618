import type { ReactElement } from 'react';
import { measureTexts } from '../../electron/contract/words/jobs.ts';
import './files.css';

/** Below this, in milliseconds, a rate would be a guess. */
const settledMs = 1_000;

/** How far a file is on its way, how fast, and how long it still takes. */
export function SendingProgress({
  name,
  sentBytes,
  totalBytes,
  takenMs,
}: {
  name: string;
  sentBytes: number;
  totalBytes: number;
  /** Since it began. */
  takenMs: number;
}): ReactElement {
  return (
    <div className="sending">
      <progress aria-label={`Sending ${name}`} value={sentBytes} max={Math.max(1, totalBytes)} />
      <p className="caption">{sendingText(sentBytes, totalBytes, takenMs)}</p>
    </div>
  );
}

/** "Sending · 1.2 GB of 4 GB · 92 MB/s · 31 s left" */
function sendingText(sentBytes: number, totalBytes: number, takenMs: number): string {
  const bytes = { done: sentBytes, total: totalBytes };
  const isSettled = takenMs >= settledMs && sentBytes > 0;
  const bytesPerSecond = (sentBytes / takenMs) * 1000;
  const speed = isSettled ? { bytesPerSecond, secondsLeft: (totalBytes - sentBytes) / bytesPerSecond } : {};
  return ['Sending', ...measureTexts({ bytes, ...speed })].join(' · ');
}
