import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { renameNoReplace } from '../../files/posix.ts';
import { codeOf, hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { FolderLock } from '../../files/locks.ts';
import { outOfSpace } from '../../files/space.ts';
import { PartialExport, sweepPartialExports } from './partial-exports.ts';

/** A folder beside the target, where the file is written; held by a `flock` as long as somebody writes there. */
const ending = '.tatin-partial';

/**
 * Has `write` make a file aside, and puts it in its place in one step when it is whole. What a killed Tatin left there,
 * or in other places that a note in the home knows, goes first. `what` begins the sentence if the volume is full.
 * @throws AppError `file-exists` if there is a file that may not be replaced, `file-not-found` without a folder for it,
 * `file-not-allowed`, `no-space`
 */
export async function withNewFile(
  home: Home,
  target: { readonly path: string; readonly overwrite: boolean },
  what: string,
  write: (file: string) => Promise<void>,
): Promise<void> {
  const folder = path.dirname(target.path);
  try {
    await requireFree(target);
    await sweep(folder);
    await sweepPartialExports(home);
    const aside = path.join(folder, `.${randomUUID()}${ending}`);
    using note = await PartialExport.note(home, aside);
    await mkdir(aside, { mode: 0o700 });
    using _lock = FolderLock.tryAcquire(aside);
    try {
      const file = path.join(aside, 'export');
      await write(file).catch(async (error: unknown) => {
        // Whoever writes there may take it for something else.
        throw (await isFolder(aside)) ? error : gone(folder, error);
      });
      // It holds a whole disk: whom it is for, its owner decides afterwards.
      await chmod(file, 0o600);
      await place(file, target);
    } finally {
      await note.remove();
    }
  } catch (error) {
    throw await inWords(error, folder, what);
  }
}

async function requireFree({ path: file, overwrite }: { path: string; overwrite: boolean }): Promise<void> {
  const status = await stat(file).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (status === undefined) return;
  if (!status.isFile()) throw new AppError('invalid-input', `${file} is there already, and is not a file.`);
  if (!overwrite) throw fileExists(file);
}

/** @throws AppError `file-exists` if somebody else made a file of that name meanwhile */
async function place(from: string, { path: to, overwrite }: { path: string; overwrite: boolean }): Promise<void> {
  if (!overwrite) {
    const outcome = renameNoReplace(from, to);
    if (outcome === 'exists') throw fileExists(to);
    if (outcome === 'done') return;
    await requireFree({ path: to, overwrite });
  }
  await rename(from, to);
}

function fileExists(file: string): AppError {
  return new AppError('file-exists', `${file} is there already.`, {
    hint: 'Choose another name, or have it replaced.',
  });
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(ending)) continue;
    try {
      using lock = FolderLock.tryAcquire(path.join(folder, name));
      if (lock !== undefined) await rm(path.join(folder, name), { recursive: true, force: true });
    } catch (error) {
      // Somebody else's, or gone meanwhile.
      if (codeOf(error) === undefined) throw error;
    }
  }
}

async function inWords(error: unknown, folder: string, what: string): Promise<unknown> {
  const code = codeOf(error);
  // What was being written is not there any more, or the folder around it is not.
  const isLost = isDriveError(code) || code === 'ENOENT' || code === 'ENOTDIR' || !(await isFolder(folder));
  if (isLost) return gone(folder, error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return await outOfSpace(folder, what, error);
  if (code === 'EFBIG')
    return new AppError('no-space', `${what} failed: the volume can’t hold a file of that size.`, {
      hint: 'Choose another volume; FAT32 stops at 4 GB.',
      cause: error,
    });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new AppError('file-not-allowed', `You may not write to ${folder}.`, { cause: error });
  return error;
}

/** A drive that does not answer any more, while it was read or written. */
function isDriveError(code: string | undefined): boolean {
  return /^(EIO|ENXIO|ENODEV|ESTALE|ENOTCONN|ETIMEDOUT|EHOSTDOWN)$/.test(code ?? '');
}

async function isFolder(folder: string): Promise<boolean> {
  return await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

function gone(folder: string, cause: unknown): AppError {
  return new AppError('file-not-found', `There is no folder ${folder}, or its drive does not answer.`, {
    hint: 'Connect the drive again, or choose another folder. The export begins anew.',
    ...(cause instanceof Error ? { details: cause.message } : {}),
    retry: true,
    cause,
  });
}
