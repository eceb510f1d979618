import { constants, fstat as fstatOf, close as closeOf } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { maxConfigBytes } from '../../files/bounded-file.ts';
import { type EntryKind, listAt, onlyPath, openAt } from '../../files/posix.ts';
import { hasCode } from '../../files/error-codes.ts';
import { NotImportable, unsupported } from './not-importable.ts';

/**
 * A file or folder of what is imported: where the folder is that the user chose or that the chosen file lies in, and the
 * name below it, with slashes. Pure data: it is opened by {@link openPart}, each time anew and each time as strictly.
 */
export interface Part {
  /** Absolute and without links, as {@link dropped} gives it. */
  readonly root: string;
  readonly name: string;
  /** Whether the user named this very file, which then is what it is meant to be, whatever other names it has. */
  readonly isChosen?: boolean;
}

/** What the user chose. */
export type Dropped =
  | { readonly is: 'file'; readonly part: Part }
  | { readonly is: 'folder'; readonly root: string }
  | { readonly is: 'other' };

/** More than a machine, or a folder of machines that somebody drops, has in one place. */
const maxEntries = 1_000;

const [close, fstat] = [promisify(closeOf), promisify(fstatOf)];

/**
 * Looks at what the user chose. That may be a link, which is followed this once; from here on everything is strict.
 * @throws as Node's functions do
 */
export async function dropped(file: string): Promise<Dropped> {
  const real = await realpath(file);
  const status = await stat(real);
  if (status.isDirectory()) return { is: 'folder', root: real };
  if (!status.isFile()) return { is: 'other' };
  return { is: 'file', part: { root: path.dirname(real), name: path.basename(real), isChosen: true } };
}

/** A file that is ours, or one that the user chose: the folder that it lies in may be reached through links. */
export async function partAt(file: string): Promise<Part> {
  return { root: await realpath(path.dirname(file)), name: path.basename(file), isChosen: true };
}

/** A part in the same folder as another; `name` is one name and no path. */
export function besides({ root, name }: Part, other: string): Part {
  const folder = path.posix.dirname(name);
  return { root, name: folder === '.' ? other : `${folder}/${other}` };
}

/** Where a part is, for messages and for what only tells of it. What opens it goes through {@link openPart}. */
export const pathOf = ({ root, name }: Part): string => path.join(root, name);

/** The last of its names. */
export const leafOf = ({ name }: Part): string => path.posix.basename(name);

/**
 * Opens a part for reading: a regular file below its root, that is reached through no link, also not through one that is
 * put there at this moment, and that has no second name outside. Never waits, and opens no device. The caller closes it,
 * and reads it through this descriptor alone: at its path there may be something else by then.
 * @throws NotImportable; `ENOENT`, `EACCES` and so on, as Node's functions do
 */
export async function openPart(part: Part, { maxBytes }: { readonly maxBytes?: number } = {}): Promise<FileHandle> {
  const leaf = leafOf(part);
  const found = await within(part, onlyPath ?? constants.O_RDONLY);
  try {
    const status = await fstat(found);
    if (!status.isFile()) throw refused(`${quoted(leaf)} in it is neither a file nor a folder.`);
    if (status.nlink > 1 && part.isChosen !== true)
      throw refused(
        `${quoted(leaf)} in it has a second name (a hard link), and so may be another file of yours.`,
        'Copy all of it to another place, and import the copy.',
      );
    if (maxBytes !== undefined && status.size > maxBytes) throw tooLong(leaf, maxBytes);
    return await handleOf(found);
  } finally {
    await close(found);
  }
}

/**
 * Reads a small part whole, also if it grows meanwhile.
 * @throws like {@link openPart}
 */
export async function readPart(part: Part, maxBytes = maxConfigBytes): Promise<Buffer> {
  await using handle = await openPart(part, { maxBytes });
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    ({ bytesRead: read } = await handle.read(bytes, length, bytes.length - length, length));
  if (length > size) throw tooLong(leafOf(part), size);
  return bytes.subarray(0, length);
}

/** What is in a folder: what can be opened, and what is not even looked at. */
export interface PartList {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  /** Links, devices, FIFOs, sockets and names that are no text. */
  readonly others: ReadonlyMap<string, Exclude<EntryKind, 'file' | 'folder'>>;
}

/**
 * What is in a folder; `name` is below `root`, absent for `root` itself. Follows no link on the way there.
 * @throws NotImportable if there are more than `max`; as Node's functions do
 */
export async function listParts(root: string, name?: string, max = maxEntries): Promise<PartList> {
  const whole = name === undefined ? root : path.posix.join(root, name);
  if (whole === '/') throw unsupported('Folder', 'It is all that there is on this computer.');
  const folder = await within(
    { root: path.posix.dirname(whole), name: path.posix.basename(whole) },
    constants.O_RDONLY | constants.O_DIRECTORY,
  );
  try {
    const entries = await listAt(folder, max);
    if (entries.length > max) throw refused(`It has more than ${max} files, which is too many to look at.`);
    const files = new Set<string>();
    const folders = new Set<string>();
    const others = new Map<string, Exclude<EntryKind, 'file' | 'folder'>>();
    for (const [kind, entry] of entries) {
      if (entry.includes('\uFFFD')) others.set(entry, 'unknown');
      else if (kind === 'file') files.add(entry);
      else if (kind === 'folder') folders.add(entry);
      else others.set(entry, kind);
    }
    return { files, folders, others };
  } finally {
    await close(folder);
  }
}

/** Whether there is a regular file of that name, which can be opened. @throws like {@link openPart}, but not `ENOENT` */
export async function hasPart(part: Part): Promise<boolean> {
  try {
    await using _handle = await openPart(part);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * From the top of the file system, so that no folder above the root is a link either that was none when it was dropped.
 */
async function within({ root, name }: Part, flags: number): Promise<number> {
  const names = name.split('/');
  if (names.some((one) => one === '' || one === '.' || one === '..') || name.includes('\0'))
    throw unsupported(title, `It names a file outside of itself: ${quoted(name)}.`);
  await using top = await open('/', constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await openAt(top.fd, path.posix.join(root, name).slice(1), flags);
  } catch (error) {
    const leaf = quoted(path.posix.basename(name));
    if (hasCode(error, 'ELOOP')) throw refused(`${leaf} in it is a link to another place.`);
    // A socket can't be opened, and a device may lack its driver.
    if (hasCode(error, 'ENXIO', 'ENODEV')) throw refused(`${leaf} in it is neither a file nor a folder.`);
    throw error;
  }
}

/** Node makes its handles of paths alone; these lead to the very file that the descriptor is of. */
async function handleOf(descriptor: number): Promise<FileHandle> {
  return await open(process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : `/dev/fd/${descriptor}`, 'r');
}

const title = 'Virtual machine';

const quoted = (name: string): string => JSON.stringify(name);

function refused(what: string, hint = 'Put the file itself there, if it is one that you trust.'): NotImportable {
  return unsupported(title, what, hint);
}

function tooLong(leaf: string, maxBytes: number): NotImportable {
  return unsupported(title, `${quoted(leaf)} in it is longer than ${maxBytes.toLocaleString('en-GB')} bytes.`);
}
