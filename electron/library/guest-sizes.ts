import { availableParallelism, totalmem } from 'node:os';
import type { VmConfig } from './config.ts';

const mebibyte = 1024 ** 2;

/**
 * Least memory of a guest, in bytes: UEFI firmware and the start of any Linux of today need this much, and less ends in a
 * black screen. The framework's own minimum is lower.
 */
export const minMemoryBytes = 64 * mebibyte;

/** What Tart gives a new Linux VM. */
const defaultCpuCount = 4;
const defaultMemoryBytes = 4096 * mebibyte;

/**
 * CPUs and memory of a new guest as its config has them, with the least that it can be set to later. What is not given is
 * Tart's default, but no more than the CPUs and half of the memory of this computer.
 */
export function guestSizes({
  cpuCount = Math.min(defaultCpuCount, availableParallelism()),
  memoryBytes = Math.min(defaultMemoryBytes, Math.floor(totalmem() / 2 / mebibyte) * mebibyte),
}: {
  readonly cpuCount?: number | undefined;
  readonly memoryBytes?: number | undefined;
}): Pick<VmConfig, 'cpuCountMin' | 'cpuCount' | 'memorySizeMin' | 'memorySize'> {
  return {
    cpuCountMin: Math.min(defaultCpuCount, cpuCount),
    cpuCount,
    memorySizeMin: Math.min(defaultMemoryBytes, memoryBytes),
    memorySize: memoryBytes,
  };
}
