import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { codeOf } from '../../files/error-codes.ts';
import { tartFiles } from '../../library/layout.ts';
import { planArchive } from './archive.ts';
import { boundedLook } from './bounded-look.ts';
import { openReader } from './byte-reader.ts';
import { detect } from './detect.ts';
import { planDiskFile, planPackedFile, planRawFile } from './disk-files.ts';
import { dropped, leafOf, listParts, type Part, type PartList, pathOf } from './door.ts';
import { inPlainWords } from './found-words.ts';
import type { Found } from './found.ts';
import { NotImportable, unsupported } from './not-importable.ts';
import { planOva, planOvf } from './appliances.ts';
import { readRestoreImage } from './restore-image.ts';
import { planTartFolder } from './take-over.ts';
import { isUtmBundle, planUtm } from './utm-bundle.ts';
import { isVirtualBuddyBundle, planVirtualBuddy } from './virtualbuddy-bundle.ts';

/** A look takes a second or two; one that takes longer than this is made to, or its drive does not answer. */
const maxItemMs = 25_000;
/** A folder may have many, of which each has its time. */
const maxFolderMs = 180_000;

/**
 * Looks at a file or a folder and tells what an import would make of it. Changes nothing.
 * @throws AppError `file-not-found`, `file-not-allowed`; NotImportable with what it is and what is wrong
 */
export async function findMachine(file: string, signal: AbortSignal): Promise<Found> {
  try {
    signal.throwIfAborted();
    const found = await dropped(file);
    if (found.is === 'other') throw unsupported('Device or socket', 'It is neither a file nor a folder.');
    const what = found.is === 'folder' ? 'Folder' : 'File';
    const look = (stop: AbortSignal): Promise<Found> =>
      found.is === 'folder' ? findInFolder(found.root, stop) : findInFile(found.part, stop);
    return inPlainWords(await boundedLook(what, found.is === 'folder' ? maxFolderMs : maxItemMs, signal, look));
  } catch (error) {
    throw inWords(file, error);
  }
}

function inWords(file: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('file-not-allowed', `You may not read ${file}.`, { cause: error });
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP')
    return new AppError('file-not-found', `There is no file ${file}.`, {
      hint: 'It may have been moved, or its drive is no longer connected.',
      cause: error,
    });
  if (code === 'EIO')
    return new AppError('file-not-found', `${file} can’t be read from its drive.`, {
      hint: 'Connect the drive again, or copy the file from it first.',
      retry: true,
      cause: error,
    });
  return error;
}

async function findInFile(file: Part, signal: AbortSignal): Promise<Found> {
  await using reader = await openReader(file);
  const detected = await detect(reader);
  switch (detected.is) {
    case 'apple-archive':
      return { is: 'machine', plan: await planArchive(file, signal) };
    case 'disk': {
      const { image, contents } = detected;
      const plan =
        contents === undefined ? await planDiskFile(file, image, signal) : await planRawFile(file, image, contents);
      return { is: 'machine', plan };
    }
    case 'packed':
      return { is: 'machine', plan: await planPackedFile(file, detected.packing, detected.title, signal) };
    case 'tar':
      return { is: 'machine', plan: await planOva(file, reader, signal) };
    case 'ovf':
      return { is: 'machine', plan: await planOvf(file, reader, signal) };
    case 'zip':
      return { is: 'restore-image', image: await readRestoreImage(reader) };
    case 'disc':
      if (detected.disc.boots === 'no')
        throw unsupported(
          'Disc image (ISO 9660)',
          'No computer starts from it, so it installs nothing.',
          'Give it to a virtual machine as a further disk to read it there.',
        );
      return { is: 'installer', disc: detected.disc, bytes: reader.size };
  }
}

async function findInFolder(folder: string, signal: AbortSignal): Promise<Found> {
  const parts = await listParts(folder);
  const isThere = (leaf: string): boolean => parts.files.has(leaf) || parts.others.has(leaf);
  if (isThere(tartFiles.config) && isThere(tartFiles.disk))
    return { is: 'machine', plan: await planTartFolder(folder) };
  const planDisk = async (part: Part) => {
    const found = await findInFile(part, signal);
    const [disk] = found.is === 'machine' && found.plan.make === 'assemble' ? found.plan.disks : [];
    if (disk !== undefined) return disk;
    throw unsupported('Virtual machine', `Its disk ${leafOf(part)} is not a disk image that is known here.`);
  };
  if (isUtmBundle(parts)) return { is: 'machine', plan: await planUtm(folder, planDisk) };
  if (isVirtualBuddyBundle(parts)) return { is: 'machine', plan: await planVirtualBuddy(folder, planDisk) };
  return await findSeveral(folder, parts, signal);
}

async function findSeveral(folder: string, parts: PartList, signal: AbortSignal): Promise<Found> {
  const all = [...parts.files, ...parts.folders, ...parts.others.keys()];
  const visible = all.filter((name) => !name.startsWith('.')).sort();
  const paths: string[] = [];
  const belonging = new Set<string>();
  for (const name of visible) {
    const file = path.join(folder, name);
    try {
      const found = await boundedLook('File', maxItemMs, signal, (stop) => lookInside(folder, name, parts, stop));
      if (found === undefined) continue;
      paths.push(file);
      for (const part of partsOf(found)) belonging.add(part);
    } catch (error) {
      signal.throwIfAborted();
      // What is no machine is counted; what is one and damaged is asked about by itself.
      if (error instanceof NotImportable && error.code === 'image-damaged') paths.push(file);
    }
  }
  const whole = paths.filter((file) => !belonging.has(file));
  if (whole.length === 0)
    throw unsupported('Folder', 'There is no virtual machine, disk image or installer disc in it.');
  return { is: 'several', paths: whole, othersCount: visible.length - paths.length };
}

/** What one entry of a folder is; folders only if they are machines themselves, and nothing that a link leads to. */
async function lookInside(
  root: string,
  name: string,
  { files, folders }: PartList,
  signal: AbortSignal,
): Promise<Found | undefined> {
  if (files.has(name)) return await findInFile({ root, name, isChosen: true }, signal);
  if (!folders.has(name)) return undefined;
  const inner = await listParts(root, name);
  const isMachine = inner.files.has(tartFiles.config) || isUtmBundle(inner) || isVirtualBuddyBundle(inner);
  return isMachine ? await findInFolder(path.join(root, name), signal) : undefined;
}

/** Files that belong to a machine in the same folder, and are none of their own: the disks of an OVF. */
function partsOf(found: Found): string[] {
  if (found.is !== 'machine') return [];
  return found.plan.make === 'assemble' ? (found.plan.partFiles ?? []).map(pathOf) : [];
}
