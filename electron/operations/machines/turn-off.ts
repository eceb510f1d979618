import type { MachineVm } from '../../contract/machine.ts';
import type { Clock } from '../../host/clock.ts';
import type { MachineService } from './machine-service.ts';

/** QEMU is given 20 seconds to flush its disks, and then killed by its host process; who takes longer hangs itself. */
const limitMs = 60_000;

/**
 * Turns a machine off, whatever its guest and the process that runs it do. A machine that survives the app has a process
 * for itself, which is killed if it does not react; another one would take the app or other machines with it.
 */
export async function turnOff(
  vm: MachineVm,
  { machines, clock }: { machines: MachineService; clock: Clock },
): Promise<void> {
  const stopped = machines.forceStop(vm.name);
  if (vm.survivesApp !== true || vm.state.phase !== 'running') {
    await stopped;
    return;
  }
  const { pid } = vm.state;
  const lapsed = Promise.withResolvers<'lapsed'>();
  const cancel = clock.after(limitMs, () => lapsed.resolve('lapsed'));
  try {
    if ((await Promise.race([stopped, lapsed.promise])) !== 'lapsed') return;
    if (pid > 0 && pid !== process.pid) process.kill(pid, 'SIGKILL');
    // Its connection is cut with it, which is how the first request ends.
    await stopped.catch(() => undefined);
  } finally {
    cancel();
  }
}
