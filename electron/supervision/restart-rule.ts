import type { MachineVm } from '../contract/machine.ts';
import type { VmEvent } from '../contract/vm-events.ts';

/** Seconds before the first restart; each further one in a row waits twice as long. */
const firstPauseSeconds = 1;
/** Also for a machine that has failed all night, in seconds. */
const maxPauseSeconds = 300;
/** A machine that ran for so long has not failed at once: counting begins anew. In milliseconds. */
export const steadyMs = 600_000;

/** How many of the last events {@link reasonToRestart} looks at. */
export const eventsToJudgeBy = 2;

/**
 * Why a machine at rest is to be started again; undefined if it is to stay. One that somebody stopped or suspended stays,
 * whatever its policy. One that Tatin turned off because it was unhealthy has a note of that before its end, so that
 * another Tatin, which takes over in between, starts it too.
 * @param events what its folder remembers last, newest first
 */
export function reasonToRestart(vm: MachineVm, events: readonly VmEvent[]): string | undefined {
  const { restart, health } = vm.annotations;
  const [last, before] = events;
  if (vm.state.phase === 'suspended') return undefined;
  if (health?.onFailure === 'restart') {
    const begun = last?.kind === 'restarting' ? last : before;
    const isCutOff = begun === last || last?.kind === 'stopped' || last?.kind === 'failed';
    if (begun?.kind === 'restarting' && isCutOff) return begun.reason ?? 'It was unhealthy.';
  }
  if (restart === 'never') return undefined;
  if (vm.state.phase === 'failed') return vm.state.error.message;
  if (vm.state.phase === 'stopped' && restart === 'always' && last?.kind === 'stopped' && last.by === 'guest')
    return 'The guest shut itself down.';
  return undefined;
}

/** How long to wait before the attempt of this number in a row, counted from 1; in milliseconds. */
export function pauseBefore(attempt: number): number {
  // Beyond 2^20 the power only grows past what the limit cuts off.
  return Math.min(maxPauseSeconds, firstPauseSeconds * 2 ** Math.min(attempt - 1, 20)) * 1000;
}
