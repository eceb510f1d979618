import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { nextData } from '../files/posix.ts';
import { copyFileSparsely } from '../files/copy.ts';
import { hasCode } from '../files/error-codes.ts';
import { tartFiles } from './layout.ts';
import { readConfigText } from '../files/locks.ts';

/** What a file is called until it is whole. */
const partEnding = '.tatin-part';
/** Large enough to be bound by the drives, in bytes. */
const pieceBytes = 4 * 1024 ** 2;
/** `utimes` takes seconds as a float, which keeps less than the file system does. */
const clockGrainMs = 1;

export interface MirrorWork {
  /** What a symbolic link with this text says in the mirror. */
  readonly linkText: (text: string) => string;
  readonly signal: AbortSignal;
  /** Called with the name of each file that is copied, below the folder. */
  readonly onFile: (name: string) => void;
  /** Called as bytes are dealt with, those of files that were there already included. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Makes a folder the same as another: files, folders and links, with modes and times. A file is copied without its holes,
 * compared with its original, and only then has its name; one that is there with the same length and time stays, so that
 * work that was cut off goes on. What the original does not have goes. Sockets and pipes are left out.
 * @throws AppError `no-space`, `unexpected` if a copy is not what was written, and errors of the file system as Node made them
 */
export async function mirrorFolder(from: string, to: string, work: MirrorWork, below = ''): Promise<void> {
  work.signal.throwIfAborted();
  const status = await lstat(from);
  await mkdir(to, { mode: status.mode & 0o777 }).catch(ignore('EEXIST'));
  const entries = await readdir(from, { withFileTypes: true });
  const wanted = new Set(entries.map(({ name }) => name));
  for (const name of await readdir(to)) if (!wanted.has(name)) await rm(path.join(to, name), { recursive: true });
  for (const entry of entries) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    const name = path.join(below, entry.name);
    if (entry.isDirectory()) await mirrorFolder(source, await clearedFor('folder', target), work, name);
    else if (entry.isSymbolicLink()) await mirrorLink(source, await clearedFor('link', target), work);
    else if (entry.isFile()) await mirrorFile(source, await clearedFor('file', target), work, name);
  }
  // Times of folders say when images were used.
  await utimes(to, status.atimeMs / 1000, status.mtimeMs / 1000);
}

/** Takes away what has the name and is of another kind. */
async function clearedFor(kind: 'folder' | 'file' | 'link', target: string): Promise<string> {
  const there = await lstat(target).catch(ignore('ENOENT'));
  if (there === undefined) return target;
  const isSame =
    (kind === 'folder' && there.isDirectory()) ||
    (kind === 'file' && there.isFile()) ||
    (kind === 'link' && there.isSymbolicLink());
  if (!isSame) await rm(target, { recursive: true });
  return target;
}

async function mirrorLink(source: string, target: string, { linkText }: MirrorWork): Promise<void> {
  const text = linkText(await readlink(source));
  const there = await readlink(target).catch(ignore('ENOENT'));
  if (there === text) return;
  await rm(target, { force: true });
  await symlink(text, target);
}

async function mirrorFile(source: string, target: string, work: MirrorWork, name: string): Promise<void> {
  const status = await lstat(source);
  const bytes = Math.min(status.size, status.blocks * 512);
  const there = await lstat(target).catch(ignore('ENOENT'));
  const isThere = there?.size === status.size && Math.abs(there.mtimeMs - status.mtimeMs) < clockGrainMs;
  if (isThere) {
    work.onBytes(bytes);
    return;
  }
  work.onFile(name);
  const part = `${target}${partEnding}`;
  await rm(part, { force: true });
  if (path.basename(source) === tartFiles.config) {
    // Whoever holds its lock, as a move does, loses it by closing the file.
    await writeFile(part, readConfigText(source).text, { mode: status.mode & 0o777, flush: true });
    work.onBytes(bytes);
  } else await copyAndCompare(source, part, name, work);
  await utimes(part, status.atimeMs / 1000, status.mtimeMs / 1000);
  await rename(part, target);
}

async function copyAndCompare(source: string, part: string, name: string, work: MirrorWork): Promise<void> {
  let counted = 0;
  const onBytes = (done: number): void => {
    work.onBytes(done - counted);
    counted = done;
  };
  await copyFileSparsely(source, part, `Copying ${name}`, { signal: work.signal, onBytes });
  await requireSame(source, part, name, work.signal);
}

/**
 * Compares two files where either has data; holes count as zeros.
 * @throws AppError `unexpected` if a copy is not what was written
 */
export async function requireSame(one: string, other: string, name: string, signal: AbortSignal): Promise<void> {
  await using a = await open(one, constants.O_RDONLY);
  await using b = await open(other, constants.O_RDONLY);
  const { size } = await a.stat();
  if ((await b.stat()).size !== size) throw copyDiffers(name);
  const [left, right] = [Buffer.alloc(Math.min(pieceBytes, size)), Buffer.alloc(Math.min(pieceBytes, size))];
  for (let offset = 0; offset < size; offset += pieceBytes) {
    signal.throwIfAborted();
    const starts = [nextData(a.fd, offset), nextData(b.fd, offset)].filter((start) => start !== -1);
    if (starts.length === 0) return;
    // Pieces stay at multiples of their length, for drives that like that.
    offset = Math.max(offset, Math.floor(Math.min(...starts) / pieceBytes) * pieceBytes);
    const [inOne, inOther] = await Promise.all([
      a.read(left, 0, left.length, offset),
      b.read(right, 0, right.length, offset),
    ]);
    const isSame =
      inOne.bytesRead === inOther.bytesRead &&
      left.subarray(0, inOne.bytesRead).equals(right.subarray(0, inOther.bytesRead));
    if (!isSame) throw copyDiffers(name);
  }
}

function copyDiffers(name: string): AppError {
  return new AppError('unexpected', `The copy of ${name} is not what was written.`, {
    hint: 'One of the drives may be failing: check both. Nothing was deleted.',
    retry: true,
  });
}

function ignore(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!hasCode(error, ...codes)) throw error;
  };
}
