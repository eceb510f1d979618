import { AppError } from '../contract/errors.ts';
import type { Job, JobKind } from '../contract/job.ts';
import type { VmId } from '../contract/machine.ts';

/** Why a job's work is told to stop: only one of these means that it was called off for good. */
export const stopReasons = {
  cancel: new AppError('cancelled', 'Cancelled.'),
  pause: new AppError('cancelled', 'Paused.'),
  /** Tatin itself ends. */
  close: new AppError('cancelled', 'Tatin ends.'),
} as const;

/** A job that has just begun. */
export function newJob(spec: { kind: JobKind; title: string; vmId?: VmId; canPause?: boolean }): Job {
  return {
    id: crypto.randomUUID(),
    kind: spec.kind,
    title: spec.title,
    ...(spec.vmId === undefined ? {} : { vmId: spec.vmId }),
    state: 'running',
    createdAt: new Date().toISOString(),
    canCancel: true,
    canPause: spec.canPause ?? false,
    canRetry: false,
  };
}

/**
 * What has become of a job whose work is over.
 * @param thrown what the work threw; undefined if it came to its end
 * @param stop why it was told to stop, if it was
 */
export function afterWork(job: Job, thrown: unknown, stop: unknown, canRetry: boolean): Job {
  if (thrown === undefined) return { ...ended(job, false), state: 'succeeded', fraction: 1 };
  const error = AppError.from(thrown);
  if (stop === undefined || error.code !== 'cancelled')
    return { ...ended(job, canRetry), state: 'failed', error: error.toInfo() };
  if (stop === stopReasons.pause) return pausedJob(job);
  if (stop === stopReasons.close) return interruptedJob(job, canRetry);
  return cancelledJob(job, canRetry);
}

/** A job that was called off. */
export function cancelledJob(job: Job, canRetry: boolean): Job {
  return { ...ended(job, canRetry), state: 'cancelled' };
}

/** The job of a Tatin that went away: held, if it can go on; else failed. */
export function interruptedJob(job: Job, canRetry: boolean): Job {
  if (job.state === 'paused' && canRetry) return job;
  if (job.canPause && canRetry) return { ...pausedJob(job), step: 'Paused when Tatin was closed' };
  const error = new AppError('cancelled', 'Tatin was closed while this ran. Nothing half-made was kept.', {
    ...(canRetry ? { hint: 'Try it again.', retry: true } : {}),
  });
  return {
    ...withoutSpeed(job),
    state: 'failed',
    endedAt: new Date().toISOString(),
    error: error.toInfo(),
    canCancel: false,
    canPause: false,
    canRetry,
  };
}

/** A held job still shows how far it is. */
function pausedJob(job: Job): Job {
  const { step: _step, ...rest } = withoutSpeed(job);
  return { ...rest, state: 'paused', canPause: false, canRetry: false };
}

function ended(job: Job, canRetry: boolean): Job {
  return {
    ...withoutMeasures(job),
    endedAt: new Date().toISOString(),
    canCancel: false,
    canPause: false,
    canRetry,
  };
}

function withoutSpeed(job: Job): Job {
  const { secondsLeft: _left, bytesPerSecond: _speed, ...rest } = job;
  return rest;
}

/** A job without what only says how it goes at this moment. */
export function withoutMeasures(job: Job): Job {
  const { step: _step, fraction: _fraction, bytes: _bytes, layers: _layers, ...rest } = withoutSpeed(job);
  return rest;
}
