import type { Job, OpenJob, PausedJob, RunningJob } from '../job.ts';
import { durationText } from './durations.ts';
import { diskText, rateText } from './sizes.ts';

/** What is known of how far some work is; all of it may be missing. */
type Progress = Pick<RunningJob, 'fraction' | 'bytes' | 'bytesPerSecond' | 'secondsLeft'>;

/** "63 %": cut, so that 100 is said only of what is whole. */
export function percentText(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`;
}

/** "420 MB of 1 GB", or "420 MB" while the whole is not known. */
export function amountText({ done, total }: NonNullable<Progress['bytes']>): string {
  return total === undefined ? diskText(done) : `${diskText(done)} of ${diskText(total)}`;
}

/** "2 min left", at least "1 s left". */
function leftText(seconds: number): string {
  return `${durationText(Math.max(1, seconds) * 1000)} left`;
}

/** "420 MB of 1 GB", "92 MB/s" and "2 min left", as far as they are known. */
export function measureTexts({ bytes, bytesPerSecond, secondsLeft }: Progress): string[] {
  return [
    ...(bytes === undefined ? [] : [amountText(bytes)]),
    ...(bytesPerSecond === undefined ? [] : [rateText(bytesPerSecond)]),
    ...(secondsLeft === undefined ? [] : [leftText(secondsLeft)]),
  ];
}

/** How far a job is that has not ended: "63 %, 1 min left", "paused", "running" where nothing is known of its end. */
export function progressText(job: OpenJob): string {
  if (job.state === 'paused') return 'paused';
  const { fraction, secondsLeft } = job;
  const known = [
    ...(fraction === undefined ? [] : [percentText(fraction)]),
    ...(secondsLeft === undefined ? [] : [leftText(secondsLeft)]),
  ];
  return known.length === 0 ? 'running' : known.join(', ');
}

/** How a job goes or how it ended, in words below its title. */
export function jobStatus(job: Job): string {
  switch (job.state) {
    case 'running':
      return [job.step ?? 'Working', ...measureTexts(job)].join(' · ');
    case 'paused':
      return pausedText(job);
    case 'succeeded':
      return job.kind === 'verify' ? 'Done: every byte is as it should be' : 'Done';
    case 'failed':
      return job.error.message;
    case 'cancelled':
      return 'Cancelled';
  }
}

/** That nothing is lost is what a person wants to know of a pause. */
function pausedText({ kind, bytes }: PausedJob): string {
  if (bytes?.total === undefined) return 'Paused. What was done is kept.';
  return `Paused at ${amountText(bytes)}. ${keptWords[kind] ?? 'What was done is kept.'}`;
}

const keptWords: Partial<Record<Job['kind'], string>> = {
  pull: 'What was fetched is kept.',
  download: 'What was fetched is kept.',
  push: 'What was sent is kept.',
};
