import type { Host } from '../../../electron/contract/host.ts';

const gibibyte = 1024 ** 3;
const gigabyte = 1000 ** 3;

/** What a machine may be given, and from where on the host itself feels it. Memory in steps of half a GB. */
export interface Limits {
  readonly mostCpus: number;
  readonly comfortableCpus: number;
  readonly leastMemoryBytes: number;
  readonly mostMemoryBytes: number;
  readonly comfortableMemoryBytes: number;
  readonly memoryStepBytes: number;
}

/** The limits of a host. */
export function limitsOf(host: Host): Limits {
  const memoryStepBytes = gibibyte / 2;
  const floor = (bytes: number): number =>
    Math.max(memoryStepBytes, Math.floor(bytes / memoryStepBytes) * memoryStepBytes);
  return {
    mostCpus: host.cpuCount,
    comfortableCpus: Math.max(1, host.cpuCount - 2),
    leastMemoryBytes: memoryStepBytes,
    mostMemoryBytes: floor(host.memoryBytes),
    comfortableMemoryBytes: floor(host.memoryBytes * 0.75),
    memoryStepBytes,
  };
}

/** What a new machine is offered first. Sizes in bytes; the disk in whole gigabytes. */
export function defaultsFor(
  from: 'demo' | 'iso' | 'empty',
  host: Host,
): { cpuCount: number; memoryBytes: number; diskGigabytes: number } {
  const limits = limitsOf(host);
  if (from === 'demo') return { cpuCount: Math.min(2, limits.mostCpus), memoryBytes: gibibyte, diskGigabytes: 4 };
  const memoryBytes = Math.min(4 * gibibyte, limits.comfortableMemoryBytes);
  const diskGigabytes = host.home.freeBytes < 60 * gigabyte ? 20 : 50;
  return { cpuCount: Math.min(4, limits.mostCpus), memoryBytes, diskGigabytes };
}

/** The least disk for each kind, in gigabytes: the demo guest's image must fit. */
export const leastDiskGigabytes = 1;
export { gibibyte, gigabyte };
