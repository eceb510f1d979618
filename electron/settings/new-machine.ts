import type { Host } from '../contract/host.ts';
import { readSettings } from './settings-file.ts';

const gibibyte = 1024 ** 3;
const gigabyte = 1000 ** 3;

/** What the settings give to a new machine; what they leave to Tatin is absent. Sizes in bytes. */
export function newMachineDefaults(): NonNullable<Host['newMachine']> {
  const settings = readSettings();
  const [cpuCount, memory, disk, display] = [
    settings['newMachine.cpuCount'],
    settings['newMachine.memoryGigabytes'],
    settings['newMachine.diskGigabytes'],
    settings['newMachine.display'],
  ];
  const [width, height] = display?.split('x').map(Number) ?? [];
  return {
    ...(cpuCount === null ? {} : { cpuCount }),
    ...(memory === null ? {} : { memoryBytes: Math.round(memory * gibibyte) }),
    ...(disk === null ? {} : { diskBytes: Math.round(disk * gigabyte) }),
    ...(width === undefined || height === undefined ? {} : { display: { width, height } }),
  };
}
