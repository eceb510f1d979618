import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { readSidecar, printAnnotations } from '../../library/annotations.ts';
import type { VmConfig } from '../../library/config.ts';
import { type CopyWork, copyFileSparsely } from '../../library/copy.ts';
import { hasCode } from '../../library/file-errors.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { FolderLock, runLockPid } from '../../library/locks.ts';
import type { Work } from '../../library/vm.ts';
import { unpackArchive } from './archive.ts';
import type { TakeOverPlan } from './import-plan.ts';
import { leftBehind } from './take-over.ts';
import { readTartConfig, requireWhole } from './tart-folder.ts';

/**
 * Brings a machine in Tart's layout into `folder`, which is empty, and gives its settings.
 * @throws AppError `vm-running` if it runs where it is; NotImportable if it is no whole machine
 */
export async function takeOver(
  { from }: TakeOverPlan,
  folder: string,
  how: 'copy' | 'move',
  work: Work,
): Promise<VmConfig> {
  if ('archive' in from) await unpackArchive(from.archive, folder, work);
  else await copyMachine(from.folder, folder, how, work);
  requireWhole(await readdir(folder));
  for (const leaf of leftBehind) await rm(path.join(folder, leaf), { recursive: true, force: true });
  const config = readTartConfig(await readFile(path.join(folder, tartFiles.config), 'utf8'));
  // The library writes it again, with a MAC address that is free.
  await rm(path.join(folder, tartFiles.config));
  await tameAnnotations(folder);
  return config;
}

async function copyMachine(from: string, to: string, how: 'copy' | 'move', work: Work): Promise<void> {
  const pid = runLockPid(path.join(from, tartFiles.config));
  if (pid !== undefined)
    throw new AppError(
      'vm-running',
      `The virtual machine in ${from} is running${pid > 0 ? ` (process ${pid})` : ''}.`,
      {
        hint: 'Shut it down where it runs, then import it.',
        retry: true,
      },
    );
  using lock = FolderLock.tryAcquire(path.join(from, tartFiles.disk), 'shared');
  if (lock === undefined)
    throw new AppError('disk-in-use', `Another program uses the disk in ${from}.`, { retry: true });
  await copyFolder(from, to, how, work);
}

/** Regular files and folders; a link could lead out of the machine, and a socket is nothing without its program. */
async function copyFolder(from: string, to: string, how: 'copy' | 'move', work: Work): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (leftBehind.has(entry.name)) continue;
    if (entry.isDirectory()) {
      await mkdir(target);
      await copyFolder(source, target, how, work);
    } else if (entry.isFile()) await bringFile(source, target, how, copyWork(entry.name, work));
  }
}

function copyWork(name: string, { signal, progress }: Work): CopyWork {
  const onBytes = (bytesDone: number, bytesTotal: number): void =>
    name === tartFiles.disk ? progress({ step: 'Copying the disk', bytesDone, bytesTotal }) : undefined;
  return { signal, onBytes };
}

/**
 * Makes `to` a copy of a file; if it is to be moved and the volume is the same, a second name of it, so that the original
 * stays whole until the machine is made.
 */
export async function bringFile(from: string, to: string, how: 'copy' | 'move', work: CopyWork): Promise<void> {
  if (how === 'move') {
    try {
      await link(from, to);
      return;
    } catch (error) {
      if (!hasCode(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    }
  }
  await copyFileSparsely(from, to, `Importing ${JSON.stringify(path.basename(from))}`, work);
}

/**
 * Takes out of a machine's options whatever would give its guest a part of this host: folders, disks outside of its own
 * folder, ports for others than this computer, and a start without anybody asking. Whoever made the machine must not
 * decide on that.
 */
async function tameAnnotations(folder: string): Promise<void> {
  const { annotations } = readSidecar(folder);
  const file = path.join(folder, tatinFiles.annotations);
  const inside = annotations.extraDisks.filter((disk) => path.dirname(disk.path) === folder);
  const tame = {
    ...annotations,
    sharedFolders: [],
    autostart: false,
    extraDisks: inside,
    portForwards: annotations.portForwards.filter(({ hostAddress }) => hostAddress.startsWith('127.')),
  };
  await rm(file, { recursive: true, force: true });
  await writeFile(file, printAnnotations(tame, {}, folder));
}
