import { AppError } from '../contract/errors.ts';
import type { MachineVm, Vm } from '../contract/machine.ts';

/** A VM that can be used. @throws AppError `vm-unreadable` with the reason */
export function requireReadable(vm: Vm): MachineVm {
  if (vm.kind === 'machine') return vm;
  throw new AppError('vm-unreadable', `${JSON.stringify(vm.name)} can't be used: ${vm.reason}.`, {
    hint: `Repair the files in ${vm.folder}, or delete it.`,
  });
}

/** The three states that Tart knows, of a row from the disk. A lock means running, whichever program holds it. */
export function stateWord({ state: { phase } }: MachineVm): 'running' | 'suspended' | 'stopped' {
  return phase === 'running' || phase === 'suspended' ? phase : 'stopped';
}

/** `1024x768`, `1920x1080px`. */
export function displayText({ width, height, unit }: MachineVm['display']): string {
  return `${width}x${height}${unit ?? ''}`;
}
