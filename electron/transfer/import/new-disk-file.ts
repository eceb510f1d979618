import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Makes a file for this user alone, of a length, and has `write` fill it. What fails leaves it empty, for the owner of the
 * folder: confinement may hold a deleted file for a moment, and its room is told to be free.
 * @throws `EEXIST`, and what `write` throws
 */
export async function withNewDiskFile(
  file: string,
  bytes: number,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  await using handle = await open(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
  try {
    await handle.truncate(bytes);
    await write(handle);
  } catch (error) {
    // It has failed already; a drive that is gone has nothing to give back.
    await handle.truncate(0).catch(() => undefined);
    throw error;
  }
}
