import type { ErrorCode } from '../contract/errors.ts';
import type { MachineState, MachineVm, Vm } from '../contract/machine.ts';
import { durationText } from '../contract/words/durations.ts';
import { type PhaseLook, phaseLooks, phaseWords } from '../contract/words/phases.ts';

/** The shapes that states are drawn with; a stopped machine has none in menus. */
export type Glyph = Exclude<PhaseLook, 'stopped'>;

/** Reasons short enough for the end of a menu item; the rest just failed, and the library says why. */
const shortReasons: Partial<Record<ErrorCode, string>> = {
  'no-space': 'Disk full',
  'not-enough-memory': 'Not enough memory',
  'port-taken': 'Port taken',
  'disk-in-use': 'Disk in use',
  'no-firmware': 'No firmware',
  'wrong-architecture': 'Wrong architecture',
  'guest-crashed': 'Crashed',
};

/** The shape that stands for the state, if there is one. */
export function glyphOf(state: MachineState): Glyph | undefined {
  const look = phaseLooks[state.phase];
  return look === 'stopped' ? undefined : look;
}

/**
 * What stands beside the name: the address of a running machine, the reason of a failed one, else the word for the
 * state, with the time that it has taken so far if `now` is given and the state is one that passes.
 */
export function detailOf(vm: MachineVm, now?: Date): string {
  const { state } = vm;
  if (state.phase === 'running' && vm.address !== undefined) return vm.address.ip;
  if (state.phase === 'failed') return shortReasons[state.error.code] ?? phaseWords.failed;
  if (now === undefined || glyphOf(state) !== 'busy' || !('since' in state)) return phaseWords[state.phase];
  return `${phaseWords[state.phase]}, ${durationText(now.getTime() - Date.parse(state.since))}`;
}

/** "3 running, 1 paused, 1 suspended", leaving out what there is none of; or that nothing runs. */
export function countWords(vms: Iterable<Vm>): string {
  const counts = { running: 0, paused: 0, suspended: 0 };
  for (const vm of vms) {
    if (vm.kind !== 'machine') continue;
    const { phase } = vm.state;
    if (phase === 'running' || phase === 'paused' || phase === 'suspended') counts[phase] += 1;
  }
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  if (parts.length === 0) return 'No virtual machine is running';
  return parts.map(([word, count]) => `${count} ${word}`).join(', ');
}

/** How many machines run; the number in the menu bar. */
export function runningCount(vms: Iterable<Vm>): number {
  return [...vms].filter((vm) => vm.kind === 'machine' && vm.state.phase === 'running').length;
}

/** A stopped machine rests in a submenu of its own; every other one is worth a line. */
export function isStopped(vm: MachineVm): boolean {
  return vm.state.phase === 'stopped';
}
