import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Machine } from '../hypervisor/machine.ts';
import type { VzRunOptions } from '../hypervisor/vz/run-options.ts';
import { screenSharingUrl, vzOptionsOf } from '../hypervisor/vz/tart-options.ts';
import type { RunFlags } from './run-options.ts';
import type { RunWindow } from './run-window.ts';
import type { Terminal } from './terminal.ts';

/** As commander gives them; what is switched off by `--no-x` is true without it. */
const flagsSchema = z.object({
  graphics: z.boolean().default(true),
  serial: z.literal(true).optional(),
  serialPath: z.string().optional(),
  audio: z.boolean().optional(),
  clipboard: z.boolean().optional(),
  recovery: z.literal(true).optional(),
  vnc: z.literal(true).optional(),
  vncExperimental: z.literal(true).optional(),
  rosetta: z.string().optional(),
  netBridged: z.array(z.string()).optional(),
  netSoftnet: z.literal(true).optional(),
  netSoftnetAllow: z.string().optional(),
  netSoftnetBlock: z.string().optional(),
  netSoftnetExpose: z.string().optional(),
  netSoftnetControlFd: z.number().optional(),
  netHost: z.literal(true).optional(),
  suspendable: z.literal(true).optional(),
  captureSystemKeys: z.literal(true).optional(),
  trackpad: z.boolean().optional(),
  provisioningOpts: z.string().optional(),
});

/** What Tart's options ask of a run on a Mac. */
export interface MacRun {
  /** Of the machine, beside those of any platform. */
  readonly options: VzRunOptions;
  /** How it is shown; undefined: not at all. */
  readonly window: { readonly capturesSystemKeys: boolean } | undefined;
  /** The guest's own Screen Sharing is opened when it answers. */
  readonly sharesScreen: boolean;
  readonly isSuspendable: boolean;
}

/**
 * @param isGraphicsGiven whether `--graphics` itself was said: with `--vnc` there is no window otherwise
 * @throws AppError `invalid-input`, `not-supported`
 */
export function macRunOf(flags: RunFlags, isGraphicsGiven: boolean): MacRun {
  const { graphics, captureSystemKeys, vnc = false, audio, clipboard, trackpad, ...rest } = flagsSchema.parse(flags);
  const isShown = graphics && (!vnc || isGraphicsGiven);
  return {
    // What is there anyway needs not be asked for.
    options: vzOptionsOf({
      ...rest,
      audio: audio === false ? false : undefined,
      clipboard: clipboard === false ? false : undefined,
      trackpad: trackpad === false ? false : undefined,
    }),
    window: isShown ? { capturesSystemKeys: captureSystemKeys ?? false } : undefined,
    sharesScreen: vnc,
    isSuspendable: rest.suspendable ?? false,
  };
}

/** As long as Tart waits for an address. */
const sharingMs = 60_000;
const pollMs = 1000;

/** Opens the guest's Screen Sharing as soon as it has an address; says where it is, or why it could not. */
export async function shareScreen(
  machine: Pick<Machine, 'agent'>,
  window: RunWindow | undefined,
  terminal: Pick<Terminal, 'note'>,
  signal: AbortSignal,
): Promise<void> {
  const address = await screenSharingUrl(
    (waiting) => machine.agent.address(waiting),
    AbortSignal.any([signal, AbortSignal.timeout(sharingMs)]),
    () => delay(pollMs, undefined, { signal }).catch(() => undefined),
  );
  terminal.note(`Its Screen Sharing is ${address}.`);
  await window?.openAddress(address);
}
