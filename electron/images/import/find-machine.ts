import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { codeOf } from '../../library/file-errors.ts';
import { tartFiles } from '../../library/layout.ts';
import { planArchive } from './archive.ts';
import { openReader } from './byte-reader.ts';
import { detect } from './detect.ts';
import { planDiskFile, planPackedFile, planRawFile } from './disk-files.ts';
import type { ImportPlan } from './import-plan.ts';
import type { Disc } from './iso9660.ts';
import { NotImportable, unsupported } from './not-importable.ts';
import { planOva, planOvf } from './appliances.ts';
import { readRestoreImage, type RestoreImage } from './restore-image.ts';
import { planTartFolder } from './take-over.ts';
import { isUtmBundle, planUtm } from './utm-bundle.ts';
import { isVirtualBuddyBundle, planVirtualBuddy } from './virtualbuddy-bundle.ts';

/** What a path leads to. */
export type Found =
  | { readonly is: 'machine'; readonly plan: ImportPlan }
  | { readonly is: 'installer'; readonly disc: Disc; readonly bytes: number }
  | { readonly is: 'restore-image'; readonly image: RestoreImage }
  | { readonly is: 'several'; readonly paths: readonly string[]; readonly othersCount: number };

/** More than a person drops at once. */
const mostFiles = 1_000;

/**
 * Looks at a file or a folder and tells what an import would make of it. Changes nothing.
 * @throws AppError `file-not-found`, `file-not-allowed`; NotImportable with what it is and what is wrong
 */
export async function findMachine(file: string, signal: AbortSignal): Promise<Found> {
  try {
    const real = await realpath(file);
    const status = await stat(real);
    signal.throwIfAborted();
    if (status.isDirectory()) return await findInFolder(real, signal);
    if (status.isFile()) return await findInFile(real, signal);
  } catch (error) {
    throw inWords(file, error);
  }
  throw unsupported('Device or socket', 'It is neither a file nor a folder.');
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

async function findInFile(file: string, signal: AbortSignal): Promise<Found> {
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
  const names = await readdir(folder);
  if (names.includes(tartFiles.config) && names.includes(tartFiles.disk))
    return { is: 'machine', plan: await planTartFolder(folder) };
  const planDisk = async (file: string) => {
    const found = await findInFile(await requireFile(file), signal);
    const [disk] = found.is === 'machine' && found.plan.make === 'assemble' ? found.plan.disks : [];
    if (disk !== undefined) return disk;
    throw unsupported('Virtual machine', `Its disk ${path.basename(file)} is no image that is known here.`);
  };
  if (await isUtmBundle(folder)) return { is: 'machine', plan: await planUtm(folder, planDisk) };
  if (await isVirtualBuddyBundle(folder)) return { is: 'machine', plan: await planVirtualBuddy(folder, planDisk) };
  return await findSeveral(folder, names, signal);
}

/** A link in somebody else's bundle could lead anywhere. */
async function requireFile(file: string): Promise<string> {
  if ((await realpath(file)) !== file)
    throw unsupported('Virtual machine', `Its disk ${path.basename(file)} is a link to another place.`);
  return file;
}

async function findSeveral(folder: string, names: readonly string[], signal: AbortSignal): Promise<Found> {
  const visible = names.filter((name) => !name.startsWith('.')).sort();
  if (visible.length > mostFiles)
    throw unsupported('Folder', `It has ${visible.length} files, which is too many to look at.`);
  const paths: string[] = [];
  const parts = new Set<string>();
  for (const name of visible) {
    const file = path.join(folder, name);
    try {
      const found = await lookInside(file, signal);
      if (found === undefined) continue;
      paths.push(file);
      for (const part of partsOf(found)) parts.add(part);
    } catch (error) {
      signal.throwIfAborted();
      // What is no machine is counted; what is one and damaged is asked about by itself.
      if (error instanceof NotImportable && error.code === 'image-damaged') paths.push(file);
    }
  }
  const whole = paths.filter((file) => !parts.has(file));
  if (whole.length === 0)
    throw unsupported('Folder', 'There is no virtual machine, disk image or installer disc in it.');
  return { is: 'several', paths: whole, othersCount: visible.length - paths.length };
}

/** What one entry of a folder is; folders only if they are machines themselves. */
async function lookInside(file: string, signal: AbortSignal): Promise<Found | undefined> {
  const status = await stat(file);
  if (status.isFile()) return await findInFile(file, signal);
  if (!status.isDirectory()) return undefined;
  const names = await readdir(file);
  const isMachine = names.includes(tartFiles.config) || (await isUtmBundle(file)) || (await isVirtualBuddyBundle(file));
  return isMachine ? await findInFolder(file, signal) : undefined;
}

/** Files that belong to a machine in the same folder, and are none of their own: the disks of an OVF. */
function partsOf(found: Found): string[] {
  if (found.is !== 'machine') return [];
  return found.plan.make === 'assemble' ? (found.plan.partFiles ?? []).slice() : [];
}
