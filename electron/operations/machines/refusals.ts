import { AppError } from '../../contract/errors.ts';
import type { Vm } from '../../contract/machine.ts';
import { allowedVerbs, isAlive, type Verb } from '../../contract/verbs.ts';
import type { Machine } from '../../hypervisor/machine.ts';
import type { LibraryEntry, LibraryVm } from '../../library/library.ts';

const verbWords: Partial<Record<Verb, string>> = {
  start: 'started',
  pause: 'paused',
  resume: 'resumed',
  suspend: 'suspended',
  shutDown: 'shut down',
  forceStop: 'stopped',
  reset: 'reset',
  discardSuspended: 'discarded',
};

/**
 * Lets pass what the VM allows now.
 * @throws AppError `vm-unreadable`, `vm-running`, `vm-not-running`, `not-supported`, `not-allowed`, `state-not-allowed`
 */
export function requireVerb(vm: Vm, verb: Verb): void {
  if (!allowedVerbs(vm).has(verb)) throw whyNot(vm, verb);
}

function whyNot(vm: Vm, verb: Verb): AppError {
  const name = JSON.stringify(vm.name);
  if (vm.kind === 'unreadable')
    return new AppError('vm-unreadable', `${name} can’t be used: ${vm.reason}.`, {
      hint: `Repair the files in ${vm.folder}.`,
    });
  const { state } = vm;
  const alive = isAlive(state.phase);
  if (verb === 'start' && alive) return new AppError('vm-running', `${name} already runs.`);
  if (verb === 'start' && vm.notRunnable !== undefined)
    return new AppError('not-supported', `${name} can’t run here: ${vm.notRunnable}`);
  if (!alive && verb !== 'discardSuspended') return new AppError('vm-not-running', `${name} does not run.`);
  if (state.phase === 'running' && state.owner === 'elsewhere') return runsElsewhere(vm.name);
  return new AppError(
    'state-not-allowed',
    `${name} is ${state.phase}, so it can’t be ${verbWords[verb] ?? 'changed'} now.`,
  );
}

/** Another program has the machine, and all that can be asked of it is to suspend or to stop. */
export function runsElsewhere(name: string): AppError {
  return new AppError('not-allowed', `${JSON.stringify(name)} runs in another program.`, {
    hint: 'It can be suspended, shut down or stopped from here; for the rest, use that program.',
  });
}

/** @throws AppError `vm-not-running` for a VM that neither a machine of ours nor another program runs */
export function requireRunning(entry: LibraryEntry, machine: Machine | undefined): LibraryVm {
  if (entry.kind === 'machine' && (machine !== undefined || entry.lockPid !== undefined)) return entry;
  throw new AppError('vm-not-running', `${JSON.stringify(entry.name)} does not run.`, { hint: 'Start it first.' });
}
