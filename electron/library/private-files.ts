import { chmod, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ownUid } from '../host/folders.ts';
import { hasCode } from '../files/error-codes.ts';

/** What anybody but the owner may do. */
const others = 0o077;

/**
 * Takes a machine's folder, and the files in it, from everybody but its owner: copies and links keep the modes of what
 * they were made of, and earlier versions and Tart let all users read. What belongs to somebody else stays as it is.
 * Nothing is opened, so no lock of this process is lost.
 */
export async function makePrivate(folder: string): Promise<void> {
  await closeToOthers(folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) await makePrivate(place);
    else if (entry.isFile()) await closeToOthers(place);
  }
}

async function closeToOthers(place: string): Promise<void> {
  try {
    const status = await lstat(place);
    if (status.isSymbolicLink() || status.uid !== ownUid() || (status.mode & others) === 0) return;
    await chmod(place, status.mode & 0o700);
  } catch (error) {
    // Gone meanwhile, or on a file system that has no modes.
    if (!hasCode(error, 'ENOENT', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EROFS')) throw error;
  }
}
