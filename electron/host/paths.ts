import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { ownUid } from './folders.ts';

/**
 * Makes a folder that only this user can enter, or makes sure that it is one: a user who can open a guest's sockets owns
 * the guest.
 * @throws AppError `not-allowed` if it belongs to somebody else or is a link
 */
export async function preparePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  if (!status.isDirectory() || status.uid !== ownUid())
    throw new AppError('not-allowed', `${folder} belongs to another user, so it can't hold the sockets of guests.`, {
      hint: 'Remove it, or name another folder in TATIN_RUNTIME.',
    });
  if ((status.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** The folder that holds package.json, from a source file as well as from a bundle. */
export function projectRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return folder;
    if (folder === path.dirname(folder)) return import.meta.dirname;
  }
}
