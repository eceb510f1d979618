import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { readSidecar, printAnnotations } from '../../library/annotations.ts';
import type { VmConfig } from '../../library/config.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { FolderLock, runLockPid } from '../../library/locks.ts';
import { unpackArchive } from './archive.ts';
import { bringFile, type Bringing } from './bring-file.ts';
import type { TakeOverPlan } from './import-plan.ts';
import { leftBehind } from './take-over.ts';
import { tamed } from './tart-left-out.ts';
import { readTartConfig, requireWhole } from './tart-folder.ts';

/**
 * Brings a machine in Tart's layout into the folder, which is empty, and gives its settings.
 * @throws AppError `vm-running` if it runs where it is; NotImportable if it is no whole machine
 */
export async function takeOver(
  { from }: TakeOverPlan,
  { folder, ...bringing }: { readonly folder: string } & Bringing,
): Promise<VmConfig> {
  if ('archive' in from) await unpackArchive(from.archive, folder, bringing.work);
  else await copyMachine(from.folder, folder, bringing);
  requireWhole(await readdir(folder));
  for (const leaf of leftBehind) await rm(path.join(folder, leaf), { recursive: true, force: true });
  const config = readTartConfig(await readFile(path.join(folder, tartFiles.config), 'utf8'));
  // The library writes it again, with a MAC address that is free.
  await rm(path.join(folder, tartFiles.config));
  await tameAnnotations(folder);
  return config;
}

async function copyMachine(from: string, to: string, bringing: Bringing): Promise<void> {
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
  await copyFolder(from, to, bringing);
}

/** Regular files and folders; a link could lead out of the machine, and a socket is nothing without its program. */
async function copyFolder(from: string, to: string, bringing: Bringing): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (leftBehind.has(entry.name)) continue;
    if (entry.isDirectory()) {
      await mkdir(target);
      await copyFolder(source, target, bringing);
    } else if (entry.isFile()) await bringFile(source, target, withDiskAlone(entry.name, bringing));
  }
}

/** How far it is, only the disk says: the other files are small beside it. */
function withDiskAlone(name: string, bringing: Bringing): Bringing {
  if (name === tartFiles.disk) return bringing;
  return { ...bringing, work: { ...bringing.work, progress: () => undefined } };
}

/** Takes out of a machine's options what its maker must not decide, see {@link tamed}. */
async function tameAnnotations(folder: string): Promise<void> {
  const { annotations } = readSidecar(folder);
  const file = path.join(folder, tatinFiles.annotations);
  const tame = tamed(annotations, (disk) => path.dirname(disk.path) === folder);
  await rm(file, { recursive: true, force: true });
  await writeFile(file, printAnnotations(tame, {}, folder));
}
