import type { Host } from '../../../electron/contract/host.ts';
import type { MacReport } from '../../../electron/contract/macos.ts';
import type { MadeFrom } from './made-from.ts';

const gibibyte = 1024 ** 3;
const gigabyte = 1000 ** 3;

/** What a machine may be given, and from where on the host itself feels it. Memory in steps of half a GB. */
export interface Limits {
  readonly maxCpus: number;
  readonly comfortableCpus: number;
  readonly minMemoryBytes: number;
  readonly maxMemoryBytes: number;
  readonly comfortableMemoryBytes: number;
  readonly memoryStepBytes: number;
  readonly minCpus: number;
  readonly minDiskGigabytes: number;
}

/** What an image asks for, where it is known. */
export type Minimum = MacReport['minimum'];

/** What an installed macOS takes at the least, in gigabytes. */
const minMacDiskGigabytes = 20;

/** The limits of a host, and of what is to run. */
export function limitsOf(host: Host, from: MadeFrom = 'empty', minimum?: Minimum): Limits {
  const memoryStepBytes = gibibyte / 2;
  const floor = (bytes: number): number =>
    Math.max(memoryStepBytes, Math.floor(bytes / memoryStepBytes) * memoryStepBytes);
  return {
    maxCpus: host.cpuCount,
    comfortableCpus: Math.max(1, host.cpuCount - 2),
    minMemoryBytes: Math.max(memoryStepBytes, minimum?.memoryBytes ?? 0),
    minCpus: Math.max(1, minimum?.cpuCount ?? 0),
    minDiskGigabytes: from === 'macos' ? minMacDiskGigabytes : 1,
    maxMemoryBytes: floor(host.memoryBytes),
    comfortableMemoryBytes: floor(host.memoryBytes * 0.75),
    memoryStepBytes,
  };
}

/** What a new machine is offered first. Sizes in bytes; the disk in whole gigabytes. */
export function defaultsFor(
  from: MadeFrom,
  host: Host,
): { cpuCount: number; memoryBytes: number; diskGigabytes: number } {
  const limits = limitsOf(host);
  if (from === 'demo') return { cpuCount: Math.min(2, limits.maxCpus), memoryBytes: gibibyte, diskGigabytes: 4 };
  const defaultMemoryBytes = (from === 'macos' && host.memoryBytes >= 16 * gibibyte ? 8 : 4) * gibibyte;
  const memoryBytes = Math.min(defaultMemoryBytes, limits.comfortableMemoryBytes);
  const diskGigabytes = from !== 'macos' && host.home.freeBytes < 60 * gigabyte ? 20 : 50;
  const { newMachine } = host;
  return {
    cpuCount: Math.min(newMachine?.cpuCount ?? 4, limits.maxCpus),
    memoryBytes: Math.min(newMachine?.memoryBytes ?? memoryBytes, limits.maxMemoryBytes),
    diskGigabytes: newMachine?.diskBytes === undefined ? diskGigabytes : newMachine.diskBytes / gigabyte,
  };
}

export { gibibyte, gigabyte };
