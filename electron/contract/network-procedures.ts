import { z } from 'zod';
import { portForwardSchema, vmIdSchema, vmSchema } from './machine.ts';
import { machineChoicesSchema } from './network-settings.ts';

const target = z.object({ id: vmIdSchema });

/** A way into a machine: kept for its next start, open now, or both. */
export const forwardStateSchema = z.object({
  forward: portForwardSchema,
  isOpen: z.boolean(),
  isKept: z.boolean(),
});
export type ForwardState = z.infer<typeof forwardStateSchema>;

/** What can be asked about the network of one machine; its settings are changed by `vms.annotate`. */
export const networkProcedures = {
  /** What it can be set to here, and why not to the rest. */
  'network.choices': { input: target, output: machineChoicesSchema },
  'forwards.list': { input: target, output: z.array(forwardStateSchema) },
  /** Keeps a forward, and opens it at once where the machine runs. Throws `port-taken`, and then nothing is kept. */
  'forwards.add': { input: target.extend({ forward: portForwardSchema }), output: vmSchema },
  /** Closes a forward and forgets it, by the port of the host. */
  'forwards.remove': {
    input: target.extend({
      protocol: portForwardSchema.shape.protocol,
      hostAddress: portForwardSchema.shape.hostAddress,
      hostPort: portForwardSchema.shape.hostPort,
    }),
    output: vmSchema,
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
