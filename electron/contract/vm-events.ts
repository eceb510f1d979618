import { z } from 'zod';
import { timeSchema } from './machine.ts';

/** Something that happened to a machine, as its folder remembers it. */
export const vmEventSchema = z.object({
  at: timeSchema,
  kind: z.enum(['started', 'resumed', 'stopped', 'suspended', 'failed', 'restarting']),
  /** Who ended it: the guest itself, or somebody who asked. */
  by: z.enum(['guest', 'user']).optional(),
  /** Why it failed, or is started again. */
  reason: z.string().max(2000).optional(),
  /** Which attempt in a row this is. */
  attempt: z.number().int().optional(),
});
export type VmEvent = z.infer<typeof vmEventSchema>;
