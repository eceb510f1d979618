import { constants, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasCode } from './error-codes.ts';

/** `__O_TMPFILE` of Linux, which Node has no name for (asm-generic/fcntl.h; the same on x86-64 and arm64). */
const temporary = 0o20_000_000;

/**
 * A new, empty file without a name, open for reading and writing, in the folder for temporary files: nothing of it stays,
 * however we end. Where a file system can't do that it has a name for a moment, and nothing in it.
 * @throws as Node's functions do
 */
export async function anonymousFile(folder = tmpdir()): Promise<FileHandle> {
  if (process.platform === 'linux')
    try {
      return await open(folder, temporary | constants.O_DIRECTORY | constants.O_RDWR, 0o600);
    } catch (error) {
      if (!hasCode(error, 'EOPNOTSUPP', 'EISDIR', 'ENOENT')) throw error;
    }
  const file = path.join(folder, `tatin-${randomUUID()}`);
  const handle = await open(file, 'wx+', 0o600);
  unlinkSync(file);
  return handle;
}
