import type { FileHandle } from 'node:fs/promises';
import type { PlainPiece } from './plain-pieces.ts';
import { isZeroRange } from './zeros.ts';

/** Zeros shorter than this, or not so aligned, are written: a hole costs a call and an extent. */
const grainBytes = 16 * 1024;

/**
 * Fills a new and empty file from front to back, with holes where there are zeros. `finish` gives it its length: a hole at
 * the end is written by nothing else.
 */
export class SparseFile {
  readonly #handle: FileHandle;
  #offset = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async append({ length, bytes }: PlainPiece): Promise<void> {
    const start = this.#offset;
    this.#offset += length;
    if (bytes === undefined) return;
    // Side by side: each is short, and on a busy machine waiting for a turn takes longer than writing.
    await Promise.all(Array.from(dataRanges(bytes, start), ([from, to]) => this.#write(bytes, from, to, start + from)));
  }

  async #write(bytes: Buffer, from: number, to: number, position: number): Promise<void> {
    for (let done = from; done < to;) {
      const { bytesWritten } = await this.#handle.write(bytes, done, to - done, position + done - from);
      done += bytesWritten;
    }
  }

  async finish(): Promise<void> {
    await this.#handle.truncate(this.#offset);
  }
}

/** The ranges of `bytes` that are not zeros, in grains that are aligned in the file; `start` is where it goes. */
function* dataRanges(bytes: Buffer, start: number): Generator<[from: number, to: number]> {
  let dataFrom: number | undefined;
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + grainBytes - ((start + from) % grainBytes));
    if (!isZeroRange(bytes, from, to)) dataFrom ??= from;
    else if (dataFrom !== undefined) {
      yield [dataFrom, from];
      dataFrom = undefined;
    }
    from = to;
  }
  if (dataFrom !== undefined) yield [dataFrom, bytes.length];
}
