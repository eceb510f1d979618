import { z } from 'zod';
import { errorInfoSchema } from '../../contract/errors.ts';

/** What Tart's signals ask of the process that runs a machine. */
const requestedVerbs = ['forceStop', 'suspend', 'shutDown'] as const;
export type RequestedVerb = (typeof requestedVerbs)[number];

/** A line of the lock holder's on its descriptor 3. */
export const holderLineSchema = z.union([
  /** The lock is held; `config` is config.json's text, as it is under the lock. */
  z.object({ locked: z.literal(true), config: z.string() }),
  z.object({ error: errorInfoSchema }),
  z.object({ asked: z.enum(requestedVerbs) }),
]);
export type HolderLine = z.infer<typeof holderLineSchema>;

export const holderDescriptor = 3;
