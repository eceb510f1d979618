import { constants, copyFile, lstat, rename } from 'node:fs/promises';
import { maxConfigBytes } from '../files/bounded-file.ts';
import { hasCode } from '../files/error-codes.ts';

/**
 * Keeps what could not be read beside the file that is about to take its place. A file is copied, so that it
 * stays until then; what is too long for that, and anything else (a link, a named pipe) is moved, since copying it may
 * fill the disk or never end.
 * @param onlyFirst whether one that is kept already stays: the first broken one is what may hold something
 */
export async function keepAside(file: string, aside: string, { onlyFirst = false } = {}): Promise<void> {
  const [status, kept] = await Promise.all([lstat(file).catch(gone), lstat(aside).catch(gone)]);
  // A folder may hold anything: a caller that wants its name is told that it is taken.
  if (status === undefined || status.isDirectory()) return;
  if (!status.isFile()) await rename(file, kept === undefined ? aside : `${aside}.${crypto.randomUUID()}`);
  else if (status.size > maxConfigBytes) {
    if (kept === undefined) await rename(file, aside);
  } else if (kept === undefined || (kept.isFile() && !onlyFirst))
    await copyFile(file, aside, kept === undefined ? constants.COPYFILE_EXCL : 0).catch((error: unknown) => {
      // Somebody else kept it a moment ago.
      if (!hasCode(error, 'EEXIST')) throw error;
    });
}

function gone(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
}
