import { z } from 'zod';
import { errorInfoSchema } from './errors.ts';
import { layersSchema } from './images.ts';
import { timeSchema, vmIdSchema } from './machine.ts';

export const jobKindSchema = z.enum([
  'create',
  'clone',
  'delete',
  'suspend',
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

/**
 * Long work, whole, as every interface shows it.
 *
 *     waiting ──▶ running ──▶ succeeded
 *                  │  ▲ └───▶ failed ──retry──▶ waiting
 *                  ▼  │
 *                 paused       cancelled ◀── (any that has not ended)
 */
export const jobSchema = z.object({
  id: z.string(),
  kind: jobKindSchema,
  /** "Making demo-linux", in the user's words. */
  title: z.string(),
  /** The VM that it is about or will make. */
  vmId: vmIdSchema.optional(),
  state: z.enum(['waiting', 'running', 'paused', 'succeeded', 'failed', 'cancelled']),
  /** The step at work, e.g. "Copying disk", or what it waits for. */
  step: z.string().optional(),
  /** 0 to 1 over all steps by weight; absent while nothing is known. */
  fraction: z.number().min(0).max(1).optional(),
  bytes: z.object({ done: z.number(), total: z.number().optional() }).optional(),
  /** Bytes per second, smoothed. */
  bytesPerSecond: z.number().optional(),
  secondsLeft: z.number().optional(),
  createdAt: timeSchema,
  endedAt: timeSchema.optional(),
  error: errorInfoSchema.optional(),
  /** What it moves, layer by layer, where it does. */
  layers: layersSchema.optional(),
  /** The file on the host that it made, once it has succeeded. */
  file: z.string().optional(),
  canCancel: z.boolean(),
  /** Whether it can be held and go on later. */
  canPause: z.boolean().default(false),
  canRetry: z.boolean(),
});
export type Job = z.infer<typeof jobSchema>;
