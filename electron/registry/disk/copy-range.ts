import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { lendMemory } from './lent-memory.ts';
import { writeSparsely } from './native.ts';
import { clearRange, readPieces } from './ranges.ts';
import type { LayerTarget } from './tasks.ts';

/** Gathered before it is written. */
const gatherBytes = 4 * 1024 ** 2;

/**
 * Copies a range of a file to where a layer belongs, and says whether that is what the layer holds. A file that can't be
 * opened, or changed or ended meanwhile, is not: the caller has another way.
 */
export function copyRange(file: string, fileOffset: number, layer: LayerTarget): boolean {
  const { fd, offsetBytes, plainBytes, plainDigest } = layer;
  const writeZeros = !clearRange({ fd, offset: offsetBytes, length: plainBytes });
  let from: number;
  try {
    from = openSync(file, 'r');
  } catch (error) {
    return false;
  }
  try {
    const hash = createHash('sha256');
    using out = new Gatherer(layer, writeZeros);
    readPieces({ fd: from, offset: fileOffset, length: plainBytes }, (bytes, length) => {
      const plain = bytes ?? zeros(length);
      hash.update(plain.subarray(0, length));
      if (bytes === null) out.skip(length);
      else out.add(bytes, length);
    });
    out.flush();
    return `sha256:${hash.digest('hex')}` === plainDigest;
  } finally {
    closeSync(from);
  }
}

let zeroPiece = Buffer.alloc(0);

function zeros(length: number): Buffer {
  if (zeroPiece.length < length) zeroPiece = Buffer.alloc(length);
  return zeroPiece;
}

/** Collects what follows each other into large writes. */
class Gatherer implements Disposable {
  readonly #layer: LayerTarget;
  readonly #writeZeros: boolean;
  readonly #memory = lendMemory(gatherBytes);
  readonly #buffer = this.#memory.bytes;
  #length = 0;
  /** Where in the file the buffer's first byte belongs. */
  #offset: number;

  constructor(layer: LayerTarget, writeZeros: boolean) {
    this.#layer = layer;
    this.#writeZeros = writeZeros;
    this.#offset = layer.offsetBytes;
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }

  add(bytes: Buffer, length: number): void {
    if (this.#length + length > gatherBytes) this.flush();
    bytes.copy(this.#buffer, this.#length, 0, length);
    this.#length += length;
  }

  skip(length: number): void {
    if (this.#writeZeros) {
      this.add(zeros(length), length);
      return;
    }
    this.flush();
    this.#offset += length;
  }

  flush(): void {
    writeSparsely(this.#layer, this.#buffer, this.#length, this.#offset, this.#writeZeros);
    this.#offset += this.#length;
    this.#length = 0;
  }
}
