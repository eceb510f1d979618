import { z } from 'zod';

const flashFile = z.object({ path: z.string(), format: z.enum(['raw', 'qcow2']) });

/** How QEMU is to build a plan on this host; kept with a saved state, which needs the same again. */
export const qemuSetupSchema = z.object({
  /** With its version, so that a newer QEMU builds the same machine. */
  machineType: z.string(),
  accelerator: z.object({ kind: z.enum(['kvm', 'tcg']), cpuModel: z.string(), title: z.string() }),
  flash: z.object({ code: flashFile, variables: flashFile }),
  network: z.discriminatedUnion('by', [
    /** QEMU listens on a socket of its working folder, so that one passt can follow another. */
    z.object({ by: z.literal('passt') }),
    /** QEMU's own helper makes the cards of bridges; absolute path. */
    z.object({ by: z.literal('bridge'), helper: z.string() }),
    /** QEMU's own, which lets nothing out, not even to the host; only port forwards lead in. */
    z.object({ by: z.literal('user') }),
    z.object({ by: z.literal('none') }),
  ]),
  /** One for each share of the plan. */
  shares: z.array(
    z.discriminatedUnion('by', [
      z.object({ by: z.literal('virtiofs'), socket: z.string() }),
      z.object({ by: z.literal('9p') }),
    ]),
  ),
  sandbox: z.boolean(),
  /** Start paused and wait for a saved state. */
  incoming: z.boolean(),
});

export type QemuSetup = z.infer<typeof qemuSetupSchema>;
