import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Annotations } from '../contract/machine.ts';
import { printAnnotations } from './annotations.ts';
import { printConfig } from './config.ts';
import { type CopyWork, copyFileSparsely, copyFolderSparsely } from '../files/copy.ts';
import { hasCode } from '../files/error-codes.ts';
import type { Home } from './home.ts';
import { tartFiles, tatinFiles } from './layout.ts';
import { withHomeLock } from '../files/locks.ts';
import { randomMac } from './macs.ts';
import { SourceVmLock } from './source-vm-lock.ts';
import { Staging } from './staging.ts';
import type { LibraryVm } from './vm.ts';
import type { Work } from '../jobs/work.ts';

/**
 * What goes along, beside config.json and disk.img: Tart's list, and what we keep beside it. Logs, sockets and why the
 * last run failed are the original's own. Port forwards in tatin.json go along too: two VMs with the same one can't run
 * at once, which starting the second says.
 */
const copied = [
  tartFiles.nvram,
  tartFiles.savedState,
  tatinFiles.qemuSavedState,
  tatinFiles.qemuVariables,
  tatinFiles.annotations,
  tatinFiles.knownLayers,
  tatinFiles.picture,
];

/**
 * Copies a VM that does not run. While its disk is copied, a shared `flock` on it keeps away others that ask for it, and
 * what starts anyway stops the copy: it would be a disk in the middle of being written.
 * @param annotations what is kept beside the copy; default: what is beside the source
 * @throws AppError `vm-running`, `disk-in-use`, `no-space`, `vm-exists`, `cancelled`
 */
export async function cloneVm(
  home: Home,
  source: LibraryVm,
  newName: string,
  takenMacs: () => Promise<ReadonlySet<string>>,
  work: Work,
  annotations?: Annotations,
): Promise<void> {
  using original = new SourceVmLock(source, 'duplicating');
  await using staging = await Staging.make(home);
  await copyFiles(source, staging.folder, work, () => original.check());
  if (annotations !== undefined)
    await writeFile(
      path.join(staging.folder, tatinFiles.annotations),
      printAnnotations(annotations, {}, source.folder),
    );
  await mkdir(home.vms, { recursive: true, mode: 0o700 });
  await withHomeLock(
    home,
    async () => {
      // A saved state knows the MAC address that its guest has, so only a VM that is shut down can have another.
      const mustDiffer = source.suspendedAt === undefined && (await takenMacs()).has(source.config.macAddress);
      const macAddress = mustDiffer ? randomMac(await takenMacs()) : source.config.macAddress;
      const config = printConfig({ ...source.config, macAddress });
      await writeFile(path.join(staging.folder, tartFiles.config), config, { flush: true });
      await utimes(staging.folder, new Date(), new Date());
      original.check();
      work.signal.throwIfAborted();
      await staging.moveTo(home.vmFolder(newName));
    },
    work.signal,
  );
}

async function copyFiles(source: LibraryVm, target: string, work: Work, check: () => void): Promise<void> {
  const what = `Duplicating ${JSON.stringify(source.name)}`;
  const quiet: CopyWork = { signal: work.signal, onBytes: check };
  const ownDisks = source.annotations.extraDisks.filter((disk) => path.dirname(disk.path) === source.folder);
  const leaves = [...copied, ...ownDisks.map((disk) => path.basename(disk.path))];
  for (const leaf of leaves) await copyIfThere(path.join(source.folder, leaf), path.join(target, leaf), what, quiet);
  await copyFileSparsely(path.join(source.folder, tartFiles.disk), path.join(target, tartFiles.disk), what, {
    signal: work.signal,
    onBytes: (bytesDone, bytesTotal) => {
      check();
      work.progress({ step: 'Copying the disk', bytesDone, bytesTotal });
    },
  });
}

async function copyIfThere(from: string, to: string, what: string, work: CopyWork): Promise<void> {
  try {
    const status = await stat(from);
    await (status.isDirectory() ? copyFolderSparsely : copyFileSparsely)(from, to, what, work);
  } catch (error) {
    // A picture or a sidecar may go or be replaced at any time; half a copy of it is not wanted.
    if (!hasCode(error, 'ENOENT')) throw error;
    await rm(to, { recursive: true, force: true });
  }
}
