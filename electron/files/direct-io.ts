import { constants, openSync } from 'node:fs';
import { misalignment } from './posix.ts';

/** What `O_DIRECT` asks of offsets, lengths and addresses on every common drive. */
export const pageBytes = 4096;

/** Memory that begins at the border of a page, as writes past the page cache want it. */
export function alignedBuffer(bytes: number): Buffer {
  const memory = Buffer.alloc(bytes + pageBytes);
  const start = (pageBytes - misalignment(memory)) % pageBytes;
  return memory.subarray(start, start + bytes);
}

/** Opens a file for writing past the page cache; -1 where the file system caches everything, or the system has no such way. */
export function openPastCache(file: string): number {
  // Node's own types name it on every system; only Linux has it.
  const flag: number | undefined = process.platform === 'linux' ? constants.O_DIRECT : undefined;
  if (flag === undefined) return -1;
  try {
    return openSync(file, constants.O_WRONLY | flag);
  } catch (error) {
    return -1;
  }
}
