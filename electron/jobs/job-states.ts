import { AppError } from '../contract/errors.ts';
import type { Job, JobKind, OpenJob, PausedJob, RunningJob } from '../contract/job.ts';
import type { VmId } from '../contract/machine.ts';

/** What a list of jobs tells. */
export type JobChange = { kind: 'changed'; job: Job } | { kind: 'removed'; jobId: string };

/** Why a job's work is told to stop: only one of these means that it was called off for good. */
export const stopReasons = {
  cancel: new AppError('cancelled', 'Cancelled.'),
  pause: new AppError('cancelled', 'Paused.', { hint: 'Resume it from the list of jobs in a window.' }),
  /** Its person stops it, to go on another time. */
  interrupt: new AppError('cancelled', 'Cancelled.'),
  /** Tatin itself ends. */
  close: new AppError('cancelled', 'Tatin ends.'),
} as const;

/** A job that has just begun. */
export function newJob(spec: { kind: JobKind; title: string; vmId?: VmId; canPause?: boolean }): RunningJob {
  return {
    id: crypto.randomUUID(),
    kind: spec.kind,
    title: spec.title,
    ...(spec.vmId === undefined ? {} : { vmId: spec.vmId }),
    state: 'running',
    createdAt: new Date().toISOString(),
    canPause: spec.canPause ?? false,
  };
}

/**
 * What has become of a job whose work is over.
 * @param thrown what the work threw; undefined if it came to its end
 * @param stop why it was told to stop, if it was
 */
export function afterWork(job: RunningJob, thrown: unknown, stop: unknown, canRetry: boolean): Job {
  if (thrown === undefined) return { ...ended(job), state: 'succeeded' };
  const error = AppError.from(thrown);
  if (stop === undefined || error.code !== 'cancelled')
    return { ...ended(job), state: 'failed', error: error.toInfo(), canRetry };
  if (stop === stopReasons.pause) return pausedJob(job);
  if (stop === stopReasons.close || stop === stopReasons.interrupt) return interruptedJob(job, canRetry);
  return cancelledJob(job, canRetry);
}

/** A job that was called off. */
export function cancelledJob(job: OpenJob, canRetry: boolean): Job {
  return { ...ended(job), state: 'cancelled', canRetry };
}

/** The job of a Tatin that went away: paused, if it can go on; else failed. */
export function interruptedJob(job: OpenJob, canRetry: boolean): Job {
  if (job.state === 'paused' && canRetry) return job;
  if (job.state === 'running' && job.canPause && canRetry)
    return { ...pausedJob(job), step: 'Paused when Tatin was closed' };
  const error = new AppError('cancelled', 'Tatin was closed while this ran. Nothing half-made was kept.', {
    ...(canRetry ? { hint: 'Try it again.', retry: true } : {}),
  });
  return { ...ended(job), state: 'failed', error: error.toInfo(), canRetry };
}

/** A paused job that goes on; how far it is comes with its first report. */
export function resumedJob(job: PausedJob): RunningJob {
  return { ...identityOf(job), state: 'running', canPause: true };
}

/** A job whose measures are what its work last said of itself. */
export function measuredJob(job: RunningJob, measures: Partial<RunningJob>): RunningJob {
  return { ...identityOf(job), state: 'running', canPause: job.canPause, ...measures };
}

/** A paused job still shows how far it is. */
function pausedJob({ fraction, bytes, layers, ...job }: RunningJob): PausedJob {
  return {
    ...identityOf(job),
    ...(fraction === undefined ? {} : { fraction }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(layers === undefined ? {} : { layers }),
    state: 'paused',
  };
}

function ended(job: OpenJob) {
  return { ...identityOf(job), endedAt: new Date().toISOString() };
}

/** What a job keeps in every state. */
function identityOf({ id, kind, title, vmId, createdAt }: Omit<Job, 'state'>) {
  return { id, kind, title, ...(vmId === undefined ? {} : { vmId }), createdAt };
}
