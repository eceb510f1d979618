import { mkdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { type VmConfig, printConfig } from './config.ts';
import { hasCode } from '../files/error-codes.ts';
import type { Home } from './home.ts';
import { tartFiles, tatinFiles } from './layout.ts';
import { withHomeLock } from '../files/locks.ts';
import { randomMac } from './macs.ts';
import { Staging } from './staging.ts';
import type { Work } from '../jobs/work.ts';

/** Writes everything of a VM but config.json into an empty folder, `disk.img` at least, and tells what goes into that. */
export type Fill = (folder: string, work: Work) => Promise<VmConfig>;

const sectorBytes = 512;

/**
 * Builds a VM aside from parts that come from elsewhere, and moves it into place in one step. It keeps its MAC address
 * unless one here has the same, or it has none that a card could have; `takenMacs` is asked under the home lock.
 * @throws AppError `vm-exists`, `cancelled`, and whatever `fill` throws
 */
export async function assembleVm(
  home: Home,
  name: string,
  fill: Fill,
  takenMacs: () => Promise<ReadonlySet<string>>,
  work: Work,
): Promise<void> {
  work.signal.throwIfAborted();
  await using staging = await Staging.make(home);
  const config = await fill(staging.folder, work);
  // What somebody else saved of QEMU's memory is nothing to feed to QEMU; the framework of a Mac knows its own by itself.
  for (const leaf of [tatinFiles.qemuSavedState, tatinFiles.qemuSavedStatePartial]) await drop(staging.folder, leaf);
  await fitDisk(path.join(staging.folder, tartFiles.disk), config);
  await makeIfMissing(path.join(staging.folder, tartFiles.nvram));
  await mkdir(home.vms, { recursive: true, mode: 0o700 });
  await withHomeLock(
    home,
    async () => {
      const taken = await takenMacs();
      const keepsMac = isUsableMac(config.macAddress) && !taken.has(config.macAddress);
      // A saved state knows the address that its guest has.
      if (!keepsMac) await drop(staging.folder, tartFiles.savedState);
      const placed = keepsMac ? config : { ...config, macAddress: randomMac(taken) };
      await writeFile(path.join(staging.folder, tartFiles.config), printConfig(placed), { flush: true });
      await utimes(staging.folder, new Date(), new Date());
      work.signal.throwIfAborted();
      await staging.moveTo(home.vmFolder(name));
    },
    work.signal,
  );
}

/** A disk ends with a whole sector; what images of other programs lack of it reads as zeros. */
async function fitDisk(disk: string, { diskFormat }: VmConfig): Promise<void> {
  const { size } = await stat(disk);
  if (size === 0) throw new AppError('image-damaged', 'The disk of the virtual machine is empty.');
  const wanted = Math.ceil(size / sectorBytes) * sectorBytes;
  if (diskFormat === 'raw' && size !== wanted) await truncate(disk, wanted);
}

/** An empty store, which says to each hypervisor that it should make one. */
async function makeIfMissing(nvram: string): Promise<void> {
  try {
    await writeFile(nvram, '', { flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

async function drop(folder: string, leaf: string): Promise<void> {
  await rm(path.join(folder, leaf), { recursive: true, force: true });
}

/** Of one device, not of a group (IEEE 802), and not all zeros. */
function isUsableMac(mac: string): boolean {
  return (
    /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) &&
    mac !== '00:00:00:00:00:00' &&
    Number.parseInt(mac.slice(0, 2), 16) % 2 === 0
  );
}
