import { type Hash, createHash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { hasCode } from '../../files/error-codes.ts';
import { printProgress } from './journal-lines.ts';
import { getLayer } from './layer-get.ts';
import { type LentMemory, lendMemory } from './lent-memory.ts';
import { type Decoder, createDecoder, decoderMemoryBytes, windowBytes } from './native.ts';
import { clearRange, hashRange } from './ranges.ts';
import type { LayerOutcome, LayerPosition, LayerTarget, TaskOf } from './tasks.ts';

/** How much of a blob may have to be fetched again after a kill: half of what was promised. */
const checkpointBytes = 4 * 1024 ** 2;

/** Often enough to be smooth, and seldom enough to cost nothing. */
const progressBytes = 1024 ** 2;

/**
 * One layer on its way into the disk. It outlives connections: what has come stays, in memory and on disk, and the next
 * connection goes on at the next byte. What it unpacks to is hashed on the way, since the manifest's word for it is that of
 * whoever made the image, and others take the layer for those bytes. Disposing of it gives its memory back.
 */
export class LayerSession implements Disposable {
  readonly #layer: LayerTarget;
  readonly #journalFd: number;
  readonly #memory: LentMemory;
  readonly #decoder: Decoder;
  /** Of the blob and of what it unpacks to; none if an earlier process fetched its start: then the disk itself is hashed. */
  readonly #hashes: { readonly blob: Hash; readonly plain: Hash } | undefined;
  #received: number;
  #noted: number;
  #told: number;

  constructor(layer: LayerTarget, from: LayerPosition, journalFd: number) {
    this.#layer = layer;
    this.#journalFd = journalFd;
    this.#received = this.#noted = this.#told = from.encoded;
    this.#hashes = from.encoded === 0 ? { blob: createHash('sha256'), plain: createHash('sha256') } : undefined;
    const rest = { fd: layer.fd, offset: layer.offsetBytes + from.plain, length: layer.plainBytes - from.plain };
    // What a broken transfer left would show through the holes.
    const writeZeros = !clearRange(rest);
    this.#memory = lendMemory(decoderMemoryBytes());
    this.#decoder = createDecoder(
      {
        fd: layer.fd,
        directFd: layer.directFd,
        keepFreeBytes: layer.keepFreeBytes,
        offset: layer.offsetBytes,
        plainBytes: layer.plainBytes,
        encodedStart: from.encoded,
        plainStart: from.plain,
        writeZeros,
      },
      this.#memory.bytes,
      readWindow(layer, from),
    );
  }

  [Symbol.dispose](): void {
    this.#decoder.close();
    this.#memory[Symbol.dispose]();
  }

  /** Goes on fetching, and verifies the layer when the last byte has come. Throws what writing the disk threw. */
  async get(
    task: TaskOf<'get-layer'>,
    onProgress: (received: number) => void,
    signal: AbortSignal,
  ): Promise<LayerOutcome> {
    const take = (bytes: Uint8Array, length: number): void => {
      this.#hashes?.blob.update(bytes);
      this.#decoder.push(bytes, length, this.#onPlain);
      this.#received += length;
      if (this.#received - this.#noted >= checkpointBytes) this.#note();
      if (this.#received - this.#told < progressBytes) return;
      this.#told = this.#received;
      onProgress(this.#received);
    };
    try {
      const get = { ...task, offset: this.#received, sizeBytes: this.#layer.sizeBytes };
      const outcome = await getLayer(get, take, signal);
      return outcome.kind === 'whole' ? this.#finish() : { ...outcome, received: this.#received };
    } catch (error) {
      if (isDamage(error)) return { kind: 'damaged', reason: error.message };
      throw error;
    }
  }

  #note(): void {
    this.#noted = this.#received;
    const [encoded, plain] = this.#decoder.checkpoint(this.#onPlain);
    // In this order: what the journal promises is on disk.
    writeSync(this.#journalFd, printProgress(this.#layer.index, { encoded, plain }));
  }

  readonly #onPlain = (start: number, length: number): void => {
    this.#hashes?.plain.update(this.#memory.bytes.subarray(start, start + length));
  };

  #finish(): LayerOutcome {
    this.#decoder.finish(this.#onPlain);
    const { fd, offsetBytes: offset, plainBytes: length, plainDigest, digest } = this.#layer;
    if (this.#hashes === undefined)
      return hashRange({ fd, offset, length }) === plainDigest
        ? { kind: 'verified', isBlobProven: false }
        : { kind: 'damaged', reason: 'it does not unpack to what it should' };
    const found = `sha256:${this.#hashes.blob.digest('hex')}`;
    if (found !== digest) return { kind: 'damaged', reason: `what came has the digest ${found}` };
    const plain = `sha256:${this.#hashes.plain.digest('hex')}`;
    return plain === plainDigest ? { kind: 'verified', isBlobProven: true } : { kind: 'untrue', plainDigest: plain };
  }
}

function isDamage(error: unknown): error is Error {
  return hasCode(error, 'LZ4_DAMAGED');
}

/** The plain bytes before a position, which the next block may refer to. */
function readWindow({ fd, offsetBytes }: LayerTarget, { plain }: LayerPosition): Uint8Array {
  const window = Buffer.alloc(Math.min(windowBytes, plain));
  for (let done = 0; done < window.length;) {
    const count = readSync(fd, window, done, window.length - done, offsetBytes + plain - window.length + done);
    if (count === 0) break;
    done += count;
  }
  return window;
}
