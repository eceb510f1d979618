import type { MachineState } from '../../contract/machine.ts';
import { now } from '../shared/states.ts';
import type { VzNativeState } from './document.ts';

/**
 * What the framework's state means for a machine that was in `before`, or undefined where it means nothing yet: while a
 * larger step is under way (saving pauses, a reset stops), the step says what the state is.
 */
export function stateOf(
  native: VzNativeState,
  before: MachineState,
  running: () => MachineState,
): MachineState | undefined {
  const isWithin = before.phase === 'saving' || before.phase === 'restoring' || before.phase === 'stopping';
  if (native === 'running') return before.phase === 'saving' || before.phase === 'stopping' ? undefined : running();
  if (isWithin) return undefined;
  if (native === 'paused') return before.phase === 'paused' ? undefined : { phase: 'paused', since: now() };
  if (native === 'pausing') return { phase: 'pausing', since: now() };
  if (native === 'resuming') return { phase: 'resuming', since: now() };
  // Ends are told by the delegate, with their reason; starting, stopping, saving and restoring begin here.
  return undefined;
}
