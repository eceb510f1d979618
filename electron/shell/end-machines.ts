import type { Handlers } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { VmId } from '../contract/machine.ts';
import { isAlive } from '../contract/verbs.ts';
import type { Status } from './status.ts';

type Needed = Pick<Handlers, 'machines.suspend' | 'machines.shutDown' | 'machines.resume'>;

/**
 * Suspends or shuts down these machines side by side and resolves when each has ended; one that is between two states is
 * waited for first, and a paused one is resumed so that its guest can hear the request.
 * Throws the first AppError; the others go on.
 */
export async function endMachines(
  ids: readonly VmId[],
  how: 'suspend' | 'shutDown',
  { status, handlers }: { status: Status; handlers: Needed },
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(ids.map((id) => endMachine(id, how, status, handlers, signal)));
}

/**
 * Suspends these machines side by side, for when nobody may be there to choose: one that can't be suspended is asked to
 * shut down, since what ends with the app would lose its power. Resolves when each has ended or `signal` aborts.
 * @returns those that could be ended in neither way
 */
export async function saveMachines(
  ids: readonly VmId[],
  parts: { status: Status; handlers: Needed },
  signal: AbortSignal,
): Promise<VmId[]> {
  const save = async (id: VmId): Promise<VmId | undefined> => {
    for (const how of ['suspend', 'shutDown'] as const)
      try {
        await endMachine(id, how, parts.status, parts.handlers, signal);
        return undefined;
      } catch (error) {
        console.error(`${id} did not ${how === 'suspend' ? 'save its state' : 'shut down'}:`, error);
      }
    return id;
  };
  return (await Promise.all(ids.map(save))).filter((id) => id !== undefined);
}

async function endMachine(
  id: VmId,
  how: 'suspend' | 'shutDown',
  status: Status,
  handlers: Needed,
  signal: AbortSignal,
): Promise<void> {
  const settled = await status.until(() => settledPhase(status, id), signal);
  if (settled === 'ended') return;
  try {
    if (how === 'suspend') await handlers['machines.suspend']({ id }, { signal });
    else {
      if (settled === 'paused') await handlers['machines.resume']({ id }, { signal });
      await handlers['machines.shutDown']({ id }, { signal });
    }
  } catch (error) {
    signal.throwIfAborted();
    // It may have ended by itself between the look and the request.
    if (settledPhase(status, id) !== 'ended') throw named(AppError.from(error), status.vm(id)?.name ?? id);
  }
  await status.until(() => (settledPhase(status, id) === 'ended' ? true : undefined), signal);
}

/** Of several machines one may refuse, and the person must know which. */
function named(error: AppError, name: string): AppError {
  const { code, message, hint, details, retry } = error;
  return new AppError(code, `“${name}”: ${message}`, { hint, details, retry, cause: error });
}

function settledPhase(status: Status, id: VmId): 'running' | 'paused' | 'ended' | undefined {
  const vm = status.vm(id);
  if (vm?.kind !== 'machine' || !isAlive(vm.state.phase)) return 'ended';
  const { phase } = vm.state;
  return phase === 'running' || phase === 'paused' ? phase : undefined;
}
