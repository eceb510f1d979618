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
    if (settledPhase(status, id) !== 'ended') throw AppError.from(error);
  }
  await status.until(() => (settledPhase(status, id) === 'ended' ? true : undefined), signal);
}

function settledPhase(status: Status, id: VmId): 'running' | 'paused' | 'ended' | undefined {
  const vm = status.vm(id);
  if (vm?.kind !== 'machine' || !isAlive(vm.state.phase)) return 'ended';
  const { phase } = vm.state;
  return phase === 'running' || phase === 'paused' ? phase : undefined;
}
