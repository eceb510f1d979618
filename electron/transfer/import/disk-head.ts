import type { FileHandle } from 'node:fs/promises';
import { anonymousFile } from '../../files/anonymous-file.ts';
import { hasCode } from '../../files/error-codes.ts';
import { readerOfHandle } from './byte-reader.ts';
import type { DiskContents } from './disk-image.ts';
import type { OpenPiece } from './open-piece.ts';
import { convertStretch } from './qemu-img.ts';
import { readDiskContents } from './raw-disk.ts';

/** The first part of a disk, where its partition table and the boot files of most systems are. */
const headBytes = 64 * 1024 ** 2;
/** Headers and QEMU may differ by a little about the end of a disk, so a short one is taken whole and with room. */
const roomBytes = 1024 ** 2;

/** The beginning of the disk that an image holds, in a file without a name. */
export class DiskHead implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #bytes: number;
  #isFull = false;

  private constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Of a disk of this length. */
  static async open(diskBytes: number): Promise<DiskHead> {
    const handle = await anonymousFile();
    const isLong = diskBytes > 2 * headBytes;
    await handle.truncate(isLong ? headBytes : diskBytes + roomBytes);
    return new DiskHead(handle, isLong ? headBytes : diskBytes);
  }

  /** Puts there what a piece of the disk has of it. @throws like `convertStretch`, but not for lack of room */
  async fill(image: OpenPiece, signal: AbortSignal): Promise<void> {
    if (image.piece.from >= this.#bytes) return;
    const stretch = image.stretch(0, this.#bytes);
    try {
      await convertStretch(image, this.#handle, stretch, () => undefined, signal);
    } catch (error) {
      if (!hasCode(error, 'ENOSPC', 'EDQUOT')) throw error;
      this.#isFull = true;
    }
  }

  /** What is on it. @throws NotImportable */
  async contents(): Promise<DiskContents> {
    // Too little room for a look is no reason to refuse: then it is asked for which processor it is.
    if (this.#isFull) return { layout: 'not looked at', arch: undefined, hasEfi: true };
    return await readDiskContents(await readerOfHandle(this.#handle), false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Confinement may hold it for a moment longer.
    await this.#handle.truncate(0);
    await this.#handle.close();
  }
}
