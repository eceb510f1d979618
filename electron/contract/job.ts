import { z } from 'zod';
import { errorInfoSchema } from './errors.ts';
import { timeSchema, vmIdSchema } from './machine.ts';

/** A job's layers in the order of the disk, for its picture: one letter a layer. */
const layersSchema = z.object({
  /** `w` waiting, `f` in flight, `v` verified, `c` copied from what is here, `h` a hole (nothing to fetch). */
  states: z.string().regex(/^[wfvch]*$/),
  /** Of those in flight, by index: 0 to 1. */
  inFlight: z.record(z.string(), z.number().min(0).max(1)).default({}),
});
export type Layers = z.infer<typeof layersSchema>;

const jobKindSchema = z.enum([
  'create',
  'clone',
  'replace-disk',
  'start',
  'pull',
  'download',
  'push',
  'import',
  'export',
  'prune',
  'verify',
  'install',
  'send',
  'move',
]);
export type JobKind = z.infer<typeof jobKindSchema>;

/** What is known of a job in every state. */
const commonFields = {
  id: z.string(),
  kind: jobKindSchema,
  /** "Making demo-linux", in the user's words. */
  title: z.string(),
  /** The VM that it is about or will make. */
  vmId: vmIdSchema.optional(),
  createdAt: timeSchema,
  /** Another Tatin of this user does it, as a command in a terminal: it does not end with this one. */
  elsewhere: z.literal(true).optional(),
};

/** How far a job is that has not ended. */
const progressFields = {
  /** The step at work, e.g. "Copying disk", or what it waits for; of a paused job why it was paused, if no user did it. */
  step: z.string().optional(),
  /** 0 to 1 over all steps by weight; absent while nothing is known. */
  fraction: z.number().min(0).max(1).optional(),
  bytes: z.object({ done: z.number(), total: z.number().optional() }).optional(),
  /** What it moves, layer by layer, where it does. */
  layers: layersSchema.optional(),
};

const runningJobSchema = z.object({
  ...commonFields,
  ...progressFields,
  state: z.literal('running'),
  /** Smoothed. */
  bytesPerSecond: z.number().optional(),
  secondsLeft: z.number().optional(),
  /** Whether it can be paused, so that it goes on later from what it has done. */
  canPause: z.boolean().default(false),
});
export type RunningJob = z.infer<typeof runningJobSchema>;

const pausedJobSchema = z.object({ ...commonFields, ...progressFields, state: z.literal('paused') });
export type PausedJob = z.infer<typeof pausedJobSchema>;

const succeededJobSchema = z.object({
  ...commonFields,
  state: z.literal('succeeded'),
  endedAt: timeSchema,
  /** Absolute path on the host of the file that it made. */
  file: z.string().optional(),
});
const failedJobSchema = z.object({
  ...commonFields,
  state: z.literal('failed'),
  endedAt: timeSchema,
  error: errorInfoSchema,
  canRetry: z.boolean(),
});
const cancelledJobSchema = z.object({
  ...commonFields,
  state: z.literal('cancelled'),
  endedAt: timeSchema,
  canRetry: z.boolean(),
});

/**
 * Long work, as every interface shows it. A job can be cancelled until it has ended; one that failed or was cancelled
 * can be retried where `canRetry` says so, as a new job.
 *
 *     running ──▶ succeeded, failed, cancelled
 *      │   ▲
 *      ▼   │
 *     paused  ──▶ cancelled, failed (Tatin was closed, and nothing can go on with it)
 */
export const jobSchema = z.discriminatedUnion('state', [
  runningJobSchema,
  pausedJobSchema,
  succeededJobSchema,
  failedJobSchema,
  cancelledJobSchema,
]);
export type Job = z.infer<typeof jobSchema>;

/** A job that runs or is paused: it can still be cancelled. */
export type OpenJob = RunningJob | PausedJob;

/** Whether the job has not ended. */
export function isOpen(job: Job): job is OpenJob {
  return job.state === 'running' || job.state === 'paused';
}

/** Whether the job has not ended, and stops when this Tatin does. */
export function endsWithTatin(job: Job): boolean {
  return isOpen(job) && job.elsewhere !== true;
}
