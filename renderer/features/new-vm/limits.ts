import type { Host } from '../../../electron/contract/host.ts';
import type { MacReport } from '../../../electron/contract/macos.ts';
import type { MadeFrom } from './made-from.ts';

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
  readonly leastCpus: number;
  readonly leastDiskGigabytes: number;
}

/** What an image asks for, where it is known. */
export type Minimum = MacReport['minimum'];

/** What an installed macOS takes at the least, in gigabytes. */
const leastMacDiskGigabytes = 20;

/** The limits of a host, and of what is to run. */
export function limitsOf(host: Host, from: MadeFrom = 'empty', minimum?: Minimum): Limits {
  const memoryStepBytes = gibibyte / 2;
  const floor = (bytes: number): number =>
    Math.max(memoryStepBytes, Math.floor(bytes / memoryStepBytes) * memoryStepBytes);
  return {
    mostCpus: host.cpuCount,
    comfortableCpus: Math.max(1, host.cpuCount - 2),
    leastMemoryBytes: Math.max(memoryStepBytes, minimum?.memoryBytes ?? 0),
    leastCpus: Math.max(1, minimum?.cpuCount ?? 0),
    leastDiskGigabytes: from === 'macos' ? leastMacDiskGigabytes : 1,
    mostMemoryBytes: floor(host.memoryBytes),
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
  if (from === 'demo') return { cpuCount: Math.min(2, limits.mostCpus), memoryBytes: gibibyte, diskGigabytes: 4 };
  const usualMemoryBytes = (from === 'macos' && host.memoryBytes >= 16 * gibibyte ? 8 : 4) * gibibyte;
  const memoryBytes = Math.min(usualMemoryBytes, limits.comfortableMemoryBytes);
  const diskGigabytes = from !== 'macos' && host.home.freeBytes < 60 * gigabyte ? 20 : 50;
  const { newMachine } = host;
  return {
    cpuCount: Math.min(newMachine?.cpuCount ?? 4, limits.mostCpus),
    memoryBytes: Math.min(newMachine?.memoryBytes ?? memoryBytes, limits.mostMemoryBytes),
    diskGigabytes: newMachine?.diskBytes === undefined ? diskGigabytes : newMachine.diskBytes / gigabyte,
  };
}

export { gibibyte, gigabyte };
