import { z } from 'zod';
import { timeSchema } from './time.ts';

/** Something that happened to a machine, as its folder remembers it. */
export const vmEventSchema = z.object({
  at: timeSchema,
  kind: z.enum([
    'started',
    'resumed',
    'stopped',
    'suspended',
    'failed',
    /** It stands still though nobody asked: its disk could not be used, for want of room or worse. */
    'held',
    'restarting',
    /** Its checks failed as often as they may, or pass again. */
    'unhealthy',
    'healthy',
    /** What its schedule asked for was begun; `reason` says what and when it was due. */
    'scheduled',
    /** Or was not done, for that reason. */
    'missed',
  ]),
  /** Who ended it: the guest itself, or somebody who asked. */
  by: z.enum(['guest', 'user']).optional(),
  /** Why it failed, is started again, is unhealthy; what its schedule asked for; or what was amiss when it started. */
  reason: z.string().max(2000).optional(),
  /** Which attempt in a row this is. */
  attempt: z.number().int().optional(),
});
export type VmEvent = z.infer<typeof vmEventSchema>;
