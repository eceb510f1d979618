import type { MachineState, Vm } from '../../electron/contract/machine.ts';

/** The seven silhouettes a state can have; the word beside it says the rest. */
export type StateLook = 'running' | 'paused' | 'suspended' | 'stopped' | 'failed' | 'busy' | 'unreadable';

const looks: Record<MachineState['phase'], StateLook> = {
  stopped: 'stopped',
  starting: 'busy',
  running: 'running',
  pausing: 'busy',
  paused: 'paused',
  resuming: 'busy',
  saving: 'busy',
  suspended: 'suspended',
  restoring: 'busy',
  stopping: 'busy',
  failed: 'failed',
};

const words: Record<MachineState['phase'], string> = {
  stopped: 'Stopped',
  starting: 'Starting',
  running: 'Running',
  pausing: 'Pausing',
  paused: 'Paused',
  resuming: 'Resuming',
  saving: 'Saving',
  suspended: 'Suspended',
  restoring: 'Restoring',
  stopping: 'Stopping',
  failed: 'Failed',
};

/** How a VM's state looks and what it is called. */
export function stateOf(vm: Vm): { look: StateLook; word: string } {
  if (vm.kind === 'unreadable') return { look: 'unreadable', word: 'Unreadable' };
  const { state } = vm;
  if (state.phase === 'running' && state.owner === 'elsewhere') return { look: 'running', word: 'Running elsewhere' };
  return { look: looks[state.phase], word: words[state.phase] };
}
