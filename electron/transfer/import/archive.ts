import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import type { Work } from '../../jobs/work.ts';
import { extractArchive } from '../../codecs/apple-archive/extract.ts';
import type { OpenedArchive } from '../../codecs/apple-archive/open-archive.ts';
import { type ArchiveEntry, listArchive } from '../../codecs/apple-archive/peek.ts';
import { suggestedNameOf } from './disk-files.ts';
import { leafOf, openPart, type Part } from './door.ts';
import type { TakeOverPlan } from './import-plan.ts';
import { NotImportable, unsupported } from './not-importable.ts';
import { describeTart } from './take-over.ts';
import { maxTakenBytes } from './taken-along.ts';
import { readTartConfig, requireWhole } from './tart-folder.ts';
import { reserveKeeper } from './unpack.ts';

const title = 'Exported virtual machine (.tvm)';
/** Longer contents are a disk's, and reading on would mean to unpack it. */
const smallBytes = 16 * 1024 ** 2;
/** More than file systems of today hold in a file: a length beyond it is a trap. */
const maxBytes = 16 * 1024 ** 4;

/**
 * What an archive of a machine in Tart's layout becomes, from its first entries: settings come before the disk in
 * archives that list files by name, as Apple's do. Only of others all is read.
 * @throws NotImportable if something else is in it, or it is damaged
 */
export async function planArchive(archive: Part, signal: AbortSignal): Promise<TakeOverPlan> {
  await using handle = await openPart(archive);
  const opened = { source: leafOf(archive), handle };
  let entries = await listFiles(opened, smallBytes, signal);
  const isHere = (leaf: string): boolean => entries.some((entry) => nameOf(entry) === leaf);
  if (!isHere(tartFiles.config) || !isHere(tartFiles.disk)) entries = await listFiles(opened, undefined, signal);
  const names = entries.map(nameOf);
  if (!isHere(tartFiles.config))
    throw unsupported('Apple Archive', 'There is no virtual machine in it.', 'Unpack it with aa extract on a Mac.');
  requireWhole(names);
  const textOf = (leaf: string) => entries.find((entry) => nameOf(entry) === leaf)?.data?.toString('utf8');
  const text = textOf(tartFiles.config) ?? '';
  const disk = entries.find((entry) => nameOf(entry) === tartFiles.disk);
  // About: what it takes is known when it is unpacked.
  const { size } = await handle.stat();
  const bytes = disk?.bytes ?? 0;
  return {
    ...describeTart(
      readTartConfig(text),
      names,
      { part: archive, bytes, allocatedBytes: Math.min(bytes, Math.max(size, 1)) },
      textOf(tatinFiles.annotations),
    ),
    kind: 'tvm',
    title,
    suggestedName: suggestedNameOf(leafOf(archive)),
    make: 'take-over',
    from: { archive },
  };
}

/** The regular files among the entries: a link is no disk. */
async function listFiles(
  opened: OpenedArchive,
  limitDataBytes: number | undefined,
  signal: AbortSignal,
): Promise<ArchiveEntry[]> {
  try {
    const entries = await listArchive({ ...opened, limitDataBytes, signal });
    return entries.filter(({ type }) => type === 'file');
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('image-')) throw error;
    throw new NotImportable('Apple Archive', error.code, error.message, { hint: error.hint, details: error.details });
  }
}

const nameOf = (entry: ArchiveEntry): string => path.posix.normalize(entry.path);

/** Unpacks an archive into a folder, which is empty. @throws AppError, see {@link extractArchive} */
export async function unpackArchive(archive: Part, folder: string, { signal, progress }: Work): Promise<void> {
  await using handle = await openPart(archive);
  await extractArchive({
    source: leafOf(archive),
    handle,
    destination: folder,
    limitBytes: maxBytes,
    // Which further disks it has, its options say, and they may come behind them.
    limitOf: (name) => maxTakenBytes(name, undefined),
    onWritten: reserveKeeper(folder),
    onProgress: (bytesDone, bytesTotal) => progress({ step: 'Unpacking', bytesDone, bytesTotal }),
    signal,
  });
}
