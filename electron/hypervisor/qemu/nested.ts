import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { GuestArch } from '../../contract/machine.ts';
import type { Accelerator } from './accelerator.ts';

const modules = ['kvm_intel', 'kvm_amd'] as const;

/**
 * Why guests can't run guests themselves here; undefined if they can. Emulation has the processor's virtualization too;
 * KVM passes it on if its module was told so.
 */
export async function nestedProblem(
  arch: GuestArch,
  accelerator: Accelerator['kind'],
  folder = '/sys/module',
): Promise<string | undefined> {
  if (accelerator === 'tcg') return undefined;
  if (arch === 'arm64') return 'KVM on arm64 does not pass virtualization on to guests.';
  for (const name of modules) {
    const text = await readFile(path.join(folder, name, 'parameters/nested'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    // A switch in newer kernels, a number in older ones.
    if (/^[Y1]/.test(text)) return undefined;
    return `it is turned off in the kernel's module ${name}; load it with nested=1.`;
  }
  return 'the KVM of this computer does not say that it can pass virtualization on.';
}
