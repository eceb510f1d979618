import type { LibraryVm } from '../library/vm.ts';

/** The three states that Tart knows. A lock means running, whoever holds it. */
export function stateWord(vm: LibraryVm): 'running' | 'suspended' | 'stopped' {
  if (vm.lockPid !== undefined) return 'running';
  return vm.suspendedAt === undefined ? 'stopped' : 'suspended';
}

/** `1024x768`, `1920x1080px`. */
export function displayText({ width, height, unit }: LibraryVm['config']['display']): string {
  return `${width}x${height}${unit ?? ''}`;
}
