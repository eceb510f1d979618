import type { MachineState } from '../contract/machine.ts';

/** A line for each thing that a person who watches a run should know; undefined for what needs none. */
export function stateLine(name: string, state: MachineState): string | undefined {
  switch (state.phase) {
    case 'running':
      return state.warning === undefined ? `${name} is running.` : `${name} is running. ${state.warning}`;
    case 'restoring':
      return `${name} resumes from its saved state.`;
    case 'paused':
      return state.error === undefined
        ? `${name} is paused. tatin resume continues it.`
        : [`${name} is paused: ${state.error.message}`, state.error.hint ?? []].flat().join('\n');
    case 'saving':
      return `${name} saves its state.`;
    case 'stopping':
      return state.how === 'asked' ? `${name} was asked to shut down.` : `${name} is being turned off.`;
    case 'stopped':
      return `${name} has shut down.`;
    case 'suspended':
      return `${name} is suspended. tatin run resumes it.`;
    case 'failed':
    case 'starting':
    case 'pausing':
    case 'resuming':
      return undefined;
  }
}
