import { z } from 'zod';
import { AppError } from '../../../contract/errors.ts';
import type { QemuAgent } from '../../../guest/qemu-agent.ts';
import { setGuestTime } from '../../../guest/qemu-guest.ts';
import { hasCode } from '../../../files/error-codes.ts';
import type { Plan } from '../plan.ts';
import type { Qmp } from '../qmp.ts';
import {
  beginSaving,
  finishSaving,
  abortSave,
  invalid,
  memoryFile,
  putBack,
  consumeSavedState,
} from '../saved-state.ts';
import type { QemuSetup } from '../setup.ts';
import type { WiredOptions } from '../wire.ts';
import type { GuestProcess } from './guest-process.ts';
import { loadMemory, saveMemory } from './memory-transfer.ts';

const portsSchema = z.array(z.object({ label: z.string(), 'frontend-open': z.boolean() }));
/** The agent sleeps with the guest and answers within moments of its waking. */
const clockLimitMs = 30_000;

interface Saving {
  readonly folder: string;
  readonly runFolder: string;
  readonly plan: Plan;
  readonly setup: QemuSetup;
  /** What was asked of the run, for when it goes on. */
  readonly run: WiredOptions;
}

/**
 * Saves a stopped guest where its VM keeps that. Nothing is left of an attempt that fails.
 * @throws AppError `suspend-failed`, `no-space`
 */
export async function saveState(qmp: Qmp, { folder, runFolder, plan, setup, run }: Saving): Promise<void> {
  try {
    await saveMemory(qmp, runFolder, await beginSaving(folder));
    await finishSaving(folder, plan, setup, run);
  } catch (error) {
    await abortSave(folder);
    throw saveFailed(error);
  }
}

function saveFailed(cause: unknown): AppError {
  const details = cause instanceof Error ? cause.message : String(cause);
  if (hasCode(cause, 'ENOSPC', 'EDQUOT'))
    return new AppError('no-space', "The machine can't be suspended: its disk has no room for the guest's memory.", {
      hint: 'Make room, or shut it down instead. It goes on running.',
      details,
      cause,
    });
  return new AppError('suspend-failed', "The machine's state could not be saved. It keeps running.", {
    hint: 'Shut it down instead.',
    details,
    cause,
  });
}

/**
 * Feeds the saved state to a QEMU that waits for it and lets the guest go on; its clock is mended when its agent answers.
 * The state is used up by that.
 * @throws AppError `saved-state-invalid`; the state is kept
 */
export async function resumeSaved(
  qemu: GuestProcess,
  { folder, runFolder, agent }: { folder: string; runFolder: string; agent: QemuAgent },
): Promise<void> {
  try {
    await loadMemory(qemu.qmp, runFolder, memoryFile(folder));
  } catch (error) {
    const said = await qemu.output();
    throw invalid("QEMU can't load it", said === '' ? error : new Error(said, { cause: error }));
  }
  // The guest's next write makes the state worthless, so it must be gone before the guest can write.
  await consumeSavedState(folder);
  try {
    await qemu.qmp.execute('cont');
  } catch (error) {
    await putBack(folder);
    throw invalid("the guest can't go on", error);
  }
  await abortSave(folder);
  const ports = await qemu.qmp.ask(portsSchema, 'query-chardev');
  agent.portChanged(ports.some((port) => port.label === 'agent' && port['frontend-open']));
  void setGuestTime(agent, AbortSignal.timeout(clockLimitMs)).catch(() => undefined);
}
