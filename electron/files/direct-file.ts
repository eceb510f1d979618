import { closeSync, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { hasCode } from './error-codes.ts';
import { openPastCache, pageBytes } from './direct-io.ts';
import { misalignment, bypassCache } from './posix.ts';
import type { WritableFile } from './sparse.ts';

const writeTo = promisify(write);

/**
 * A new file that is written past the page cache where the file system lets us: a disk is larger than what is worth
 * keeping in memory, and taking fresh memory for it costs more than the drive. What is not aligned as that asks, e.g. the
 * end of the file, goes through the cache. Disposing leaves the handle open.
 */
export class DirectFile implements WritableFile, Disposable {
  readonly #cached: FileHandle;
  #directFd: number;

  constructor(cached: FileHandle, file: string) {
    this.#cached = cached;
    bypassCache(cached.fd);
    this.#directFd = openPastCache(file);
  }

  async write(bytes: Uint8Array, start: number, length: number, offset: number): Promise<{ bytesWritten: number }> {
    const aligned = length - (length % pageBytes);
    if (this.#directFd === -1 || aligned === 0 || offset % pageBytes !== 0 || misalignment(bytes.subarray(start)) !== 0)
      return await this.#cached.write(bytes, start, length, offset);
    try {
      return await writeTo(this.#directFd, bytes, start, aligned, offset);
    } catch (error) {
      // The file system took the flag and does not mean it.
      if (!hasCode(error, 'EINVAL')) throw error;
      this.#close();
      return await this.#cached.write(bytes, start, length, offset);
    }
  }

  #close(): void {
    if (this.#directFd !== -1) closeSync(this.#directFd);
    this.#directFd = -1;
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}
