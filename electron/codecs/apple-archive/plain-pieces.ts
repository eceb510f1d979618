import type { FileHandle } from 'node:fs/promises';
import { CodecError } from '../lzfse/codec-error.ts';
import { bytesText, damagedArchive, refusedArchive, truncatedArchive, unsupportedArchive } from './archive-errors.ts';
import { type Compression, compressionByLetter, unpackBlock } from './compression.ts';
import { isAllZero } from './zeros.ts';

/** Plain bytes of an archive, in order. Undefined bytes are zeros. The buffer is used again for a later piece. */
export interface PlainPiece {
  readonly length: number;
  readonly bytes: Buffer | undefined;
}

/** An archive that is open for reading. */
export interface ArchiveFile {
  /** For messages. */
  readonly source: string;
  readonly handle: FileHandle;
  /** Length of the file. */
  readonly bytes: number;
  readonly signal: AbortSignal;
  /** Called with how much of the file has been used. */
  readonly onConsumed: (bytes: number) => void;
}

/** Plain bytes of a block that other programs make: 4 MiB by Apple's default; what holds 64 MiB still fits into memory. */
const maxBlockBytes = 64 * 1024 ** 2;
const headBytes = 12;
const blockHeadBytes = 16;
const rawPieceBytes = 4 * 1024 ** 2;
/** Blocks that are read and unpacked beside the one in use: two cores are kept busy, and memory stays bounded. */
const blocksAhead = 3;
/** Memory for blocks, plain and packed, while nothing forbids more than one. */
const memoryBytes = 96 * 1024 ** 2;

/**
 * Reads the plain bytes of an Apple Archive, whatever its compression: `pbz` and a letter, the size of blocks, then blocks
 * of plain length, packed length and data; or the archive as it is. Several blocks are unpacked at once.
 * @throws AppError `image-damaged`, `image-not-supported`, and errors of the file system as Node made them
 */
export async function* readPlainPieces(file: ArchiveFile): AsyncGenerator<PlainPiece, void> {
  const head = Buffer.alloc(headBytes);
  const length = await readFully(file, head, 0);
  const magic = head.toString('latin1', 0, 4);
  if (magic === 'AA01' || magic === 'YAA1') return yield* readRaw(file);
  const compression = compressionByLetter[magic.slice(3)];
  if (magic === 'AEA1')
    throw unsupportedArchive(file.source, 'it is encrypted (AEA)', 'Decrypt it on a Mac with the aea tool first.');
  if (magic === 'pbzb')
    throw unsupportedArchive(
      file.source,
      'it is compressed with LZBITMAP, which only Apple’s own tools read',
      'Pack it again on a Mac: aa archive -a lzfse.',
    );
  if (!magic.startsWith('pbz') || compression === undefined)
    throw unsupportedArchive(
      file.source,
      'it is not an Apple Archive',
      'Exports of virtual machines end in .tvm or .aar.',
    );
  if (length < headBytes) throw truncatedArchive(file.source, length, 'its head');
  const blockBytes = head.readBigUInt64BE(4);
  if (blockBytes === 0n) throw damagedArchive(file.source, 'its blocks have no length');
  if (blockBytes > BigInt(maxBlockBytes))
    throw refusedArchive(file.source, `its blocks of ${bytesText(Number(blockBytes))} bytes do not fit into memory`);
  yield* new BlockPipeline(file, compression, Number(blockBytes)).pieces();
}

/** An archive without a container. */
async function* readRaw(file: ArchiveFile): AsyncGenerator<PlainPiece, void> {
  const buffer = Buffer.allocUnsafe(rawPieceBytes);
  for (let offset = 0; ;) {
    file.signal.throwIfAborted();
    const length = await readFully(file, buffer, offset);
    if (length === 0) return;
    offset += length;
    yield { length, bytes: buffer.subarray(0, length) };
    file.onConsumed(offset);
  }
}

/** Fills `buffer` from the file; how much there was. */
async function readFully(file: ArchiveFile, buffer: Buffer, offset: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.handle.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** A block that is being read and unpacked, in buffers of its own. */
interface Slot {
  readonly plain: Buffer;
  readonly packed: Buffer;
}

interface Unpacked {
  readonly slot: Slot;
  readonly piece: PlainPiece;
  /** Where the block ends in the file. */
  readonly end: number;
}

class BlockPipeline {
  readonly #file: ArchiveFile;
  readonly #compression: Compression;
  readonly #blockBytes: number;
  readonly #free: Slot[] = [];
  #slots = 0;
  #offset = headBytes;
  /** What was read of the next block's head, if a block was read. */
  #nextHead: Buffer | undefined;
  /** The block read last; the next is read after it. */
  #reading: Promise<unknown> = Promise.resolve();
  /** A packed block that held nothing but zeros: disks have many of them, all alike. */
  #zeros: { readonly packed: Buffer; readonly length: number } | undefined;

  constructor(file: ArchiveFile, compression: Compression, blockBytes: number) {
    this.#file = file;
    this.#compression = compression;
    this.#blockBytes = blockBytes;
  }

  async *pieces(): AsyncGenerator<PlainPiece, void> {
    const max = Math.max(1, Math.min(blocksAhead, Math.floor(memoryBytes / (2 * this.#blockBytes)) - 1));
    const queue: Promise<Unpacked | undefined>[] = [];
    try {
      for (;;) {
        while (queue.length < max) queue.push(this.#start());
        this.#file.signal.throwIfAborted();
        const next = await queue.shift();
        if (next === undefined) return;
        yield next.piece;
        this.#free.push(next.slot);
        this.#file.onConsumed(next.end);
      }
    } finally {
      // Nothing may use the file or the buffers after this.
      await Promise.allSettled(queue);
    }
  }

  /** Undefined at the end of the file. */
  #start(): Promise<Unpacked | undefined> {
    const read = this.#reading.then(() => this.#read());
    this.#reading = read;
    const unpacked = read.then((block) => block && this.#unpack(block));
    // Whoever waits for it gets the error; until then it is not unhandled.
    unpacked.catch(() => undefined);
    return unpacked;
  }

  async #read() {
    this.#file.signal.throwIfAborted();
    const { source } = this.#file;
    const at = this.#offset;
    const head = this.#nextHead ?? (await this.#readFirstHead());
    if (head.length === 0) return undefined;
    if (head.length < blockHeadBytes) throw truncatedArchive(source, at + head.length, 'the head of a block');
    const [plainBytes, packedBytes] = [head.readBigUInt64BE(0), head.readBigUInt64BE(8)];
    const limit = BigInt(this.#blockBytes);
    // A packer that finds no gain stores the block; some let it grow a little first.
    if (plainBytes === 0n || plainBytes > limit || packedBytes > limit + limit / 16n + 1024n)
      throw damagedArchive(source, `the block at byte ${bytesText(at)} has an impossible length`);
    const slot = this.#free.pop() ?? this.#newSlot();
    const isStored = plainBytes === packedBytes;
    const length = Number(packedBytes);
    const buffer = isStored ? slot.plain : slot.packed;
    const start = at + blockHeadBytes;
    // The head of the next block comes along: a read for it alone would take a turn of its own.
    const count = await readFully(this.#file, buffer.subarray(0, length + blockHeadBytes), start);
    if (count < length) throw truncatedArchive(source, start + count, 'a block');
    this.#nextHead = Buffer.from(buffer.subarray(length, count));
    this.#offset = start + length;
    const packed = slot.packed.subarray(0, length);
    return { slot, packed, plain: slot.plain.subarray(0, Number(plainBytes)), isStored, start, end: start + length };
  }

  async #readFirstHead(): Promise<Buffer> {
    const head = Buffer.alloc(blockHeadBytes);
    return head.subarray(0, await readFully(this.#file, head, this.#offset));
  }

  /** Both have room for a head behind the block. */
  #newSlot(): Slot {
    if (this.#slots++ > blocksAhead + 1) throw new Error('A block was not given back.');
    return {
      plain: Buffer.allocUnsafe(this.#blockBytes + blockHeadBytes),
      packed: Buffer.allocUnsafe(this.#blockBytes + Math.ceil(this.#blockBytes / 16) + 1024 + blockHeadBytes),
    };
  }

  async #unpack(block: {
    slot: Slot;
    packed: Buffer;
    plain: Buffer;
    isStored: boolean;
    start: number;
    end: number;
  }): Promise<Unpacked> {
    const { slot, packed, plain, isStored, start, end } = block;
    const { length } = plain;
    if (isStored) return { slot, end, piece: { length, bytes: plain } };
    if (this.#zeros?.length === length && this.#zeros.packed.equals(packed))
      return { slot, end, piece: { length, bytes: undefined } };
    try {
      await unpackBlock(this.#compression, packed, plain);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw damagedArchive(
        this.#file.source,
        `the block at byte ${bytesText(start)}, byte ${bytesText(error.offset)} of it: ${error.reason}`,
        error,
      );
    }
    if (packed.length > length / 100 || !isAllZero(plain)) return { slot, end, piece: { length, bytes: plain } };
    this.#zeros = { packed: Buffer.from(packed), length };
    return { slot, end, piece: { length, bytes: undefined } };
  }
}
