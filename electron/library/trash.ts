import { lstat, mkdir, open, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { hasCode } from '../files/error-codes.ts';
import { cutToBytes } from '../contract/vm-names.ts';
import { renameOrRefuse } from './staging.ts';

/** Where deleted things are kept, as the folder names them. */
interface TrashFolder {
  /** Holds the things themselves. */
  files: string;
  /** Holds a description of each (freedesktop.org Trash specification 1.0); not on a Mac. */
  info?: string;
  /** What a description's path is relative to, where the Trash belongs to a volume. */
  relativeTo?: string;
}

/**
 * Moves a folder to the Trash of its volume by one rename, so that it is wholly there or wholly here.
 * @returns where it is now
 * @throws AppError `not-supported` with a hint if its volume has no Trash that we may use
 */
export async function moveToTrash(folder: string, now = new Date()): Promise<string> {
  const candidates = process.platform === 'darwin' ? macTrashes(folder) : freedesktopTrashes(folder);
  let refusal: unknown;
  for await (const trash of candidates) {
    try {
      return await moveInto(trash, folder, now);
    } catch (error) {
      if (!hasCode(error, 'EXDEV', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST') && !isOtherVolume(error))
        throw error;
      refusal = error;
    }
  }
  throw new AppError('not-supported', `The volume of ${folder} has no Trash.`, {
    hint: 'Delete it for good instead.',
    cause: refusal,
  });
}

function isOtherVolume(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not-supported';
}

/** The home's Trash first; another volume's own where the folder is there. */
async function* macTrashes(folder: string): AsyncGenerator<TrashFolder> {
  const home = path.join(homedir(), '.Trash');
  const parent = path.dirname(folder);
  const volume = await volumeRoot(parent);
  if ((await deviceOf(homedir())) === (await deviceOf(parent))) yield { files: home };
  else yield { files: path.join(volume, '.Trashes', String(userId())) };
}

/** In the order of the specification: the home's, then `.Trash/<uid>` of the volume, then its `.Trash-<uid>`. */
async function* freedesktopTrashes(folder: string): AsyncGenerator<TrashFolder> {
  const home = path.join(dataHome(), 'Trash');
  await mkdir(home, { recursive: true, mode: 0o700 }).catch(ignoreRefusal);
  if ((await deviceOf(home)) === (await deviceOf(path.dirname(folder)))) yield partsOf(home);
  const volume = await volumeRoot(path.dirname(folder));
  const shared = path.join(volume, '.Trash');
  if (await isSafeShared(shared)) yield { ...partsOf(path.join(shared, String(userId()))), relativeTo: volume };
  yield { ...partsOf(path.join(volume, `.Trash-${userId()}`)), relativeTo: volume };
}

function dataHome(): string {
  const named = process.env.XDG_DATA_HOME;
  // The specification says to take no notice of a relative one.
  return named !== undefined && path.isAbsolute(named) ? named : path.join(homedir(), '.local', 'share');
}

function partsOf(trash: string): TrashFolder {
  return { files: path.join(trash, 'files'), info: path.join(trash, 'info') };
}

/** An administrator's `.Trash` counts only if it is a real folder with the sticky bit. */
async function isSafeShared(folder: string): Promise<boolean> {
  const status = await lstat(folder).catch(() => undefined);
  return status?.isDirectory() === true && (status.mode & 0o1000) !== 0;
}

function ignoreRefusal(error: unknown): void {
  if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT')) throw error;
}

async function deviceOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.dev;
}

/** The highest folder above that is on the same device. */
async function volumeRoot(folder: string): Promise<string> {
  const device = await deviceOf(folder);
  let root = folder;
  while (path.dirname(root) !== root && (await deviceOf(path.dirname(root))) === device) root = path.dirname(root);
  return root;
}

/** Both systems that we run on have one; the type is for Windows. */
function userId(): number {
  return process.getuid?.() ?? 0;
}

async function moveInto(trash: TrashFolder, folder: string, now: Date): Promise<string> {
  for (const part of [trash.files, trash.info])
    if (part !== undefined) await mkdir(part, { recursive: true, mode: 0o700 });
  // The description's name is longer by its ending, and a folder may have as long a name as there can be.
  const base = cutToBytes(path.basename(folder), 235);
  for (let number = 1; ; number++) {
    // The number goes behind: a VM's name has no extension that would have to stay last.
    const name = number === 1 ? base : `${base}.${number}`;
    const target = path.join(trash.files, name);
    if (await tryName(trash, name, folder, now)) return target;
  }
}

/** False if that name is taken. The description comes first: it is what reserves the name. */
async function tryName(trash: TrashFolder, name: string, folder: string, now: Date): Promise<boolean> {
  const info = trash.info === undefined ? undefined : path.join(trash.info, `${name}.trashinfo`);
  if (info !== undefined && !(await writeInfo(info, trashInfo(trash, folder, now)))) return false;
  try {
    await renameOrRefuse(folder, path.join(trash.files, name));
    return true;
  } catch (error) {
    if (info !== undefined) await rm(info, { force: true });
    if (error instanceof AppError && error.code === 'vm-exists') return false;
    throw error;
  }
}

async function writeInfo(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function trashInfo(trash: TrashFolder, folder: string, now: Date): string {
  const original = trash.relativeTo === undefined ? folder : path.relative(trash.relativeTo, folder);
  const encoded = original.split('/').map(encodeURIComponent).join('/');
  return `[Trash Info]\nPath=${encoded}\nDeletionDate=${localTime(now)}\n`;
}

/** "2026-11-22T23:18:00", in the user's own time as the specification wants it. */
function localTime(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
