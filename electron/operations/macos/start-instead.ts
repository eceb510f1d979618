import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { Vm } from '../../contract/machine.ts';
import type { WayOut } from '../../contract/macos.ts';
import { isAlive } from '../../contract/verbs.ts';
import { local } from '../machines/local-names.ts';
import { startNext } from '../machines/start.ts';
import type { LongOperation } from '../operation.ts';
import type { MachineService } from '../machines/machine-service.ts';

/** How long a guest may take to shut down before the start is given up, in milliseconds; installing updates takes minutes. */
const defaultLimitMs = 10 * 60_000;

/** Has one machine make way and starts another. A second try only does what is left. */
export const operation: LongOperation<ParsedInput<'macos.startInstead'>, void> = {
  kind: 'start',
  async prepare({ library, machines }, request) {
    const [name, other] = [local(request.id), local(request.instead)];
    await library.get(name);
    await library.get(other);
    return {
      title: `Starting ${name}`,
      vmId: request.id,
      run: async ({ progress, signal }) => {
        progress({ step: `${request.how === 'suspend' ? 'Suspending' : 'Shutting down'} ${other}` });
        await makeWay(machines, other, request.how, signal);
      },
      next: startNext(name, [3, 1]),
    };
  },
};

/**
 * Has a machine suspend or shut down, and waits until it is off. One that is off already is left alone.
 * @throws AppError `timeout` if its guest does not shut down, `suspend-failed`, `cancelled`, and as the verbs do
 */
export async function makeWay(
  machines: MachineService,
  name: string,
  how: WayOut,
  signal: AbortSignal,
  limitMs = defaultLimitMs,
): Promise<void> {
  const vm = await machines.get(name);
  if (!isRunning(vm)) return;
  const limit = AbortSignal.timeout(limitMs);
  // Listened for before it is asked, so that no answer is missed.
  const off = untilOff(machines, name, how, AbortSignal.any([signal, limit]));
  try {
    await ask(machines, name, how, signal);
  } catch (error) {
    off.stop();
    throw error;
  }
  try {
    await off.reached;
  } catch (error) {
    if (limit.aborted && !signal.aborted) throw stillRuns(name, how);
    throw error;
  }
}

async function ask(machines: MachineService, name: string, how: WayOut, signal: AbortSignal): Promise<void> {
  if (how === 'shutDown') await machines.shutDown(name);
  else
    await machines.suspend(name, signal).catch(async (error: unknown) => {
      // Another program may end without saving the state: it has made way all the same.
      if (AppError.from(error).code !== 'suspend-failed' || isRunning(await machines.get(name))) throw error;
    });
}

function untilOff(
  machines: MachineService,
  name: string,
  how: WayOut,
  signal: AbortSignal,
): { reached: Promise<void>; stop: () => void } {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let wasAsked = false;
  const look = (vm: Vm): void => {
    if (vm.name !== name) return;
    if (!isRunning(vm)) resolve(undefined);
    else if (vm.kind === 'machine' && vm.state.phase === 'stopping') wasAsked = true;
    // It was asked, and gave up on that.
    else if (wasAsked && vm.kind === 'machine' && vm.state.phase === 'running') reject(stillRuns(name, how));
  };
  const offChange = machines.onChange((change) => {
    if (change.kind === 'changed') look(change.vm);
    else if (change.kind === 'removed' && change.name === name) resolve(undefined);
    else if (change.kind === 'replaced') for (const vm of change.vms) look(vm);
  });
  const onAbort = (): void => reject(AppError.from(signal.reason));
  signal.addEventListener('abort', onAbort);
  const stop = (): void => {
    signal.removeEventListener('abort', onAbort);
    offChange();
  };
  const reached = promise.finally(stop);
  // Nobody waits for it where the asking itself fails.
  reached.catch(() => undefined);
  return { reached, stop };
}

function isRunning(vm: Vm): boolean {
  return vm.kind === 'machine' && isAlive(vm.state.phase);
}

function stillRuns(name: string, how: WayOut): AppError {
  const what = how === 'suspend' ? 'suspend' : 'shut down';
  return new AppError('timeout', `“${name}” was asked to ${what}, and still runs.`, {
    hint:
      how === 'suspend'
        ? 'Tart suspends only machines that it started with --suspendable. Shut it down instead.'
        : 'Look at its screen: the guest may be asking something. Or suspend it, or force it to stop.',
    retry: true,
  });
}
