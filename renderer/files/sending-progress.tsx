import type { ReactElement } from 'react';
import { durationText } from '../words/durations.ts';
import { diskText, rateText } from '../words/sizes.ts';
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
  const parts = ['Sending', `${diskText(sentBytes)} of ${diskText(totalBytes)}`];
  if (takenMs >= settledMs && sentBytes > 0) {
    const bytesPerSecond = (sentBytes / takenMs) * 1000;
    parts.push(rateText(bytesPerSecond));
    parts.push(`${durationText(((totalBytes - sentBytes) / bytesPerSecond) * 1000)} left`);
  }
  return parts.join(' · ');
}
