import type { FileHandle } from 'node:fs/promises';
import { packLzfse } from '../lzfse/codec.ts';
import { isAllZero } from './zeros.ts';

/** Apple's default; blocks are independent, so several are packed at once. */
const blockBytes = 4 * 1024 ** 2;
const blocksAhead = 3;

/** A block on its way: its buffers, and what of it goes into the file. */
interface Slot {
  readonly plain: Buffer;
  /** Room for the two lengths before the data. */
  readonly packed: Buffer;
}

/**
 * Writes plain bytes as the blocks of an Apple Archive compressed with LZFSE. What is given is copied; no more than a few
 * blocks are held.
 */
export class BlockPacker {
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal;
  readonly #free: Slot[] = [];
  #slot: Slot | undefined;
  #filled = 0;
  /** Whether all that was put into the block so far is zeros. */
  #isZero = true;
  readonly #queue: Promise<unknown>[] = [];
  /** The write of the block before. */
  #written: Promise<unknown>;
  #zeroBlock: Promise<Buffer> | undefined;

  constructor(handle: FileHandle, signal: AbortSignal) {
    this.#handle = handle;
    this.#signal = signal;
    const head = Buffer.alloc(12);
    head.write('pbze', 'latin1');
    head.writeBigUInt64BE(BigInt(blockBytes), 4);
    this.#written = writeFully(handle, head);
    this.#written.catch(() => undefined);
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const room = this.#room();
      const part = bytes.subarray(at, at + room.length);
      room.set(part);
      await this.#advance(part.length, false);
      at += part.length;
    }
  }

  /** Lets `read` fill the next bytes itself; how many is up to it, from 1 to the length of what it gets. */
  async fill(read: (room: Buffer) => Promise<number>, max: number): Promise<number> {
    const count = await read(this.#room().subarray(0, max));
    await this.#advance(count, false);
    return count;
  }

  async appendZeros(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const room = this.#room();
      const length = Math.min(left, room.length);
      // A block of nothing but zeros is never looked at.
      if (!this.#isZero || length < blockBytes) room.fill(0, 0, length);
      await this.#advance(length, true);
      left -= length;
    }
  }

  /** Writes what is left. */
  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#send();
    await Promise.all(this.#queue.splice(0));
    await this.#written;
  }

  /** Waits until nothing uses the file any more, after a failure. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#queue, this.#written]);
  }

  #room(): Buffer {
    this.#slot ??= this.#free.pop() ?? {
      plain: Buffer.allocUnsafe(blockBytes),
      packed: Buffer.allocUnsafe(16 + blockBytes),
    };
    return this.#slot.plain.subarray(this.#filled);
  }

  async #advance(count: number, isZero: boolean): Promise<void> {
    this.#filled += count;
    this.#isZero &&= isZero;
    if (this.#filled === blockBytes) await this.#send();
  }

  async #send(): Promise<void> {
    this.#signal.throwIfAborted();
    const [slot, length, isZero] = [this.#slot, this.#filled, this.#isZero];
    if (slot === undefined) return;
    this.#slot = undefined;
    this.#filled = 0;
    this.#isZero = true;
    const before = this.#written;
    const packed = this.#pack(slot, length, isZero);
    this.#written = Promise.all([packed, before]).then(([pieces]) => writeAll(this.#handle, pieces));
    const done = this.#written.then(() => this.#free.push(slot));
    // Whoever waits for it gets the error; until then it is not unhandled.
    done.catch(() => undefined);
    this.#queue.push(done);
    if (this.#queue.length > blocksAhead) await this.#queue.shift();
  }

  /** The two lengths and the data of a block. */
  async #pack(slot: Slot, length: number, isZero: boolean): Promise<Buffer[]> {
    const plain = slot.plain.subarray(0, length);
    if (length === blockBytes && (isZero || isAllZero(plain))) return [await (this.#zeroBlock ??= packZeros())];
    return await packBlock(plain, slot.packed);
  }
}

async function packZeros(): Promise<Buffer> {
  return Buffer.concat(await packBlock(Buffer.alloc(blockBytes), Buffer.alloc(16 + blockBytes)));
}

async function packBlock(plain: Buffer, packed: Buffer): Promise<Buffer[]> {
  const length = await packLzfse(plain, packed.subarray(16));
  packed.writeBigUInt64BE(BigInt(plain.length), 0);
  packed.writeBigUInt64BE(BigInt(length ?? plain.length), 8);
  // Equal lengths say that a block is stored as it is.
  if (length === undefined) return [packed.subarray(0, 16), plain];
  return [packed.subarray(0, 16 + length)];
}

async function writeAll(handle: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) await writeFully(handle, piece);
}

async function writeFully(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}
