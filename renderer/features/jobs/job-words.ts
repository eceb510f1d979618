import type { Job, PausedJob, RunningJob } from '../../../electron/contract/job.ts';
import { durationText } from '../../words/durations.ts';
import { diskText, rateText } from '../../words/sizes.ts';

/** A running job in one line: "Making demo, 38 %, 2 min left". */
export function jobLine(job: RunningJob): string {
  const parts = [job.title];
  if (job.fraction !== undefined) parts.push(`${Math.floor(job.fraction * 100)} %`);
  if (job.secondsLeft !== undefined) parts.push(`${durationText(job.secondsLeft * 1000)} left`);
  return parts.join(', ');
}

/** How a job goes or how it ended, in words below its title. */
export function jobStatus(job: Job): string {
  switch (job.state) {
    case 'paused':
      return pausedText(job);
    case 'succeeded':
      return job.kind === 'verify' ? 'Done: every byte is as it should be' : 'Done';
    case 'cancelled':
      return 'Cancelled';
    case 'failed':
      return job.error.message;
    case 'running':
      return runningText(job);
  }
}

/** That nothing is lost is what a person wants to know of a pause. */
function pausedText({ kind, bytes }: PausedJob): string {
  if (bytes?.total === undefined) return 'Paused. What was done is kept.';
  return `Paused at ${diskText(bytes.done)} of ${diskText(bytes.total)}. ${keptWords[kind] ?? 'What was done is kept.'}`;
}

const keptWords: Partial<Record<Job['kind'], string>> = {
  pull: 'Nothing fetched is lost.',
  download: 'Nothing fetched is lost.',
  push: 'Nothing sent is lost.',
};

function runningText({ step, bytes, bytesPerSecond, secondsLeft }: RunningJob): string {
  const parts = [step ?? 'Working'];
  if (bytes !== undefined)
    parts.push(
      bytes.total === undefined ? diskText(bytes.done) : `${diskText(bytes.done)} of ${diskText(bytes.total)}`,
    );
  if (bytesPerSecond !== undefined) parts.push(rateText(bytesPerSecond));
  if (secondsLeft !== undefined) parts.push(`${durationText(secondsLeft * 1000)} left`);
  return parts.join(' · ');
}
