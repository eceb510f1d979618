import type { Vm } from '../../electron/contract/machine.ts';
import { type PhaseLook, phaseLooks, phaseWords } from '../../electron/contract/words/phases.ts';

/** The seven silhouettes a state can have; the word beside it says the rest. */
export type StateLook = PhaseLook | 'unreadable';

/** How a VM's state looks and what it is called. */
export function stateOf(vm: Vm): { look: StateLook; word: string } {
  if (vm.kind === 'unreadable') return { look: 'unreadable', word: 'Unreadable' };
  const { state } = vm;
  if (state.phase === 'running' && state.owner === 'elsewhere') return { look: 'running', word: 'Running elsewhere' };
  return { look: phaseLooks[state.phase], word: phaseWords[state.phase] };
}
