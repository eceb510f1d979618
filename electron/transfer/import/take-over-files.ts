import { readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { readSidecar, printAnnotations } from '../../library/annotations.ts';
import type { VmConfig } from '../../library/config.ts';
import { hasCode } from '../../files/error-codes.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { flock, queryFcntl } from '../../files/posix.ts';
import { unpackArchive } from './archive.ts';
import { bringFile, type FileTransfer } from './bring-file.ts';
import { listParts, openPart, type Part, partAt } from './door.ts';
import type { TakeOverPlan } from './import-plan.ts';
import { goesWithMove, maxTakenBytes, ownDisks } from './taken-along.ts';
import { withoutRiskyAnnotations } from './tart-left-out.ts';
import { readTartConfig, readTextPart, requireWhole } from './tart-folder.ts';

/**
 * Brings a machine in Tart's layout into the folder, which is empty, and gives its settings.
 * @throws AppError `vm-running` if it runs where it is; NotImportable if it is no whole machine
 */
export async function takeOver(
  { from }: TakeOverPlan,
  { folder, ...bringing }: { readonly folder: string } & FileTransfer,
): Promise<VmConfig> {
  if ('archive' in from) {
    await unpackArchive(from.archive, folder, bringing.work);
    await removeOthers(folder);
  } else await copyMachine(from.folder, folder, bringing);
  requireWhole(await readdir(folder));
  const config = readTartConfig((await readBounded(path.join(folder, tartFiles.config))).toString('utf8'));
  // The library writes it again, with a MAC address that is free.
  await rm(path.join(folder, tartFiles.config));
  await tameAnnotations(folder);
  return config;
}

async function copyMachine(from: string, to: string, bringing: FileTransfer): Promise<void> {
  await using config = await openPart({ root: from, name: tartFiles.config });
  const pid = queryFcntl(config.fd);
  if (pid !== 0)
    throw new AppError(
      'vm-running',
      `The virtual machine in ${from} is running${pid > 0 ? ` (process ${pid})` : ''}.`,
      {
        hint: 'Shut it down where it runs, then import it.',
        retry: true,
      },
    );
  await using disk = await openPart({ root: from, name: tartFiles.disk });
  if (!flock(disk.fd, 'shared'))
    throw new AppError('disk-in-use', `Another program uses the disk in ${from}.`, { retry: true });
  const { files } = await listParts(from);
  const disks = ownDisks(await readTextPart({ root: from, name: tatinFiles.annotations }));
  for (const name of files) {
    const maxBytes = maxTakenBytes(name, disks);
    if (maxBytes === undefined) continue;
    await requireShort({ root: from, name }, maxBytes);
    await bringFile({ root: from, name }, path.join(to, name), withDiskAlone(name, bringing));
  }
}

/** @throws NotImportable */
async function requireShort(part: Part, maxBytes: number): Promise<void> {
  await using _handle = await openPart(part, { maxBytes });
}

/** Of an archive, more may have come than the machine has by its options: these are known only now. */
async function removeOthers(folder: string): Promise<void> {
  const disks = ownDisks(await readTextPart(await partAt(path.join(folder, tatinFiles.annotations))));
  for (const name of await readdir(folder))
    if (maxTakenBytes(name, disks) === undefined) await rm(path.join(folder, name), { recursive: true, force: true });
}

/** Takes away the folder of a machine that was moved. What did not come along stays, and the folder with it. */
export async function removeMoved(folder: string): Promise<void> {
  const { files, folders, others } = await listParts(folder);
  const disks = ownDisks(await readTextPart({ root: folder, name: tatinFiles.annotations }));
  for (const name of [...files, ...folders, ...others.keys()])
    if (goesWithMove(name, disks)) await rm(path.join(folder, name), { recursive: true, force: true });
  await rmdir(folder).catch((error: unknown) => {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY')) throw error;
  });
}

/** How far it is, only the disk says: the other files are small beside it. */
function withDiskAlone(name: string, bringing: FileTransfer): FileTransfer {
  if (name === tartFiles.disk) return bringing;
  return { ...bringing, work: { ...bringing.work, progress: () => undefined } };
}

/** Takes out of a machine's options what its maker must not decide, see {@link withoutRiskyAnnotations}. */
async function tameAnnotations(folder: string): Promise<void> {
  const { annotations } = readSidecar(folder);
  const file = path.join(folder, tatinFiles.annotations);
  const tame = withoutRiskyAnnotations(annotations, (disk) => path.dirname(disk.path) === folder);
  await rm(file, { recursive: true, force: true });
  await writeFile(file, printAnnotations(tame, {}, folder));
}
