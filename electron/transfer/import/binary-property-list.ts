/** A binary property list that can't be read; `message` is the end of a sentence. */
export class BinaryListError extends Error {}

const trailerBytes = 32;
/** Settings of machines nest a few levels deep. */
const maxDepth = 64;
/**
 * What may come out of one: an object may be referred to any number of times, so that a few hundred bytes can stand for
 * more than fits into any memory. Counted as it is unfolded. Those of real machines have some hundred objects.
 */
const maxObjects = 100_000;
const maxTextBytes = 16 * 1024 ** 2;

/** Seconds since the beginning of 2001, as Apple counts. */
const epochMs = Date.UTC(2001, 0, 1);

/**
 * Reads a binary property list (`bplist00`) as plain values: data as Buffers, dates as Dates, dictionaries as objects
 * without a prototype. The layout is that of Apple's CFBinaryPList.c: objects, a table of their offsets, and a trailer
 * that says where the table is.
 * @throws BinaryListError
 */
export function parseBinaryPropertyList(bytes: Buffer): unknown {
  return new Reader(bytes).read();
}

class Reader {
  readonly #bytes: Buffer;
  readonly #refBytes: number;
  readonly #offsetBytes: number;
  readonly #count: number;
  readonly #top: number;
  readonly #table: number;
  #objects = 0;
  #textBytes = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const at = bytes.length - trailerBytes;
    if (at < 8) throw new BinaryListError('is cut off');
    this.#offsetBytes = bytes.readUInt8(at + 6);
    this.#refBytes = bytes.readUInt8(at + 7);
    if (![1, 2, 3, 4, 8].includes(this.#offsetBytes) || ![1, 2, 3, 4, 8].includes(this.#refBytes)) throw damaged();
    [this.#count, this.#top, this.#table] = [this.#uint(at + 8, 8), this.#uint(at + 16, 8), this.#uint(at + 24, 8)];
    if (this.#table + this.#count * this.#offsetBytes > at) throw damaged();
  }

  read(): unknown {
    return this.#object(this.#top, 0);
  }

  #object(ref: number, depth: number): unknown {
    if (depth > maxDepth) throw new BinaryListError(`nests more than ${maxDepth} levels deep`);
    if (++this.#objects > maxObjects) throw new BinaryListError(`has more than ${maxObjects} values`);
    if (ref >= this.#count) throw damaged();
    const at = this.#uint(this.#table + ref * this.#offsetBytes, this.#offsetBytes);
    const marker = this.#uint(at, 1);
    const [kind, low] = [marker >> 4, marker & 15];
    if (kind === 0x0) return simpleOf(low);
    if (kind === 0x1) return this.#int(at + 1, 2 ** low);
    if (kind === 0x2) return this.#real(at + 1, 2 ** low);
    if (marker === 0x33) return new Date(epochMs + this.#real(at + 1, 8) * 1000);
    if (kind === 0x8) return { UID: this.#uint(at + 1, low + 1) };
    const { length, start } = this.#length(at, low);
    if (kind === 0x4) return Buffer.from(this.#slice(start, length));
    if (kind === 0x5) return this.#slice(start, length).toString('latin1');
    if (kind === 0x6)
      return Buffer.from(this.#slice(start, length * 2))
        .swap16()
        .toString('utf16le');
    if (kind === 0xa || kind === 0xb || kind === 0xc)
      return this.#refs(start, length).map((one) => this.#object(one, depth + 1));
    if (kind === 0xd) return this.#dictionary(start, length, depth);
    throw damaged();
  }

  #dictionary(start: number, length: number, depth: number): Record<string, unknown> {
    const refs = this.#refs(start, length * 2);
    const dictionary = Object.create(null) as Record<string, unknown>;
    for (let index = 0; index < length; index++) {
      const key = this.#object(refs[index] ?? this.#count, depth + 1);
      if (typeof key !== 'string') throw damaged();
      dictionary[key] = this.#object(refs[index + length] ?? this.#count, depth + 1);
    }
    return dictionary;
  }

  /** Of a collection or a text; 15 means that an integer follows. */
  #length(at: number, low: number): { length: number; start: number } {
    if (low !== 15) return { length: low, start: at + 1 };
    const marker = this.#uint(at + 1, 1);
    const size = 2 ** (marker & 15);
    if (marker >> 4 !== 1 || size > 8) throw damaged();
    return { length: this.#uint(at + 2, size), start: at + 2 + size };
  }

  #refs(start: number, length: number): number[] {
    // Each takes at least a byte, so that a length that is not possible takes no memory.
    if (start + length * this.#refBytes > this.#bytes.length) throw damaged();
    return Array.from({ length }, (_, index) => this.#uint(start + index * this.#refBytes, this.#refBytes));
  }

  #slice(start: number, length: number): Buffer {
    if (start + length > this.#bytes.length) throw damaged();
    this.#textBytes += length;
    if (this.#textBytes > maxTextBytes) throw new BinaryListError('unfolds to more text than settings have');
    return this.#bytes.subarray(start, start + length);
  }

  /** Integers of up to four bytes have no sign; those of eight have one, and those of sixteen are large ones without. */
  #int(at: number, size: number): number {
    if (size <= 4) return this.#uint(at, size);
    if (size > 16 || at + size > this.#bytes.length) throw damaged();
    if (size === 8) return Number(this.#bytes.readBigInt64BE(at));
    return Number(BigInt.asIntN(128, (this.#bytes.readBigUInt64BE(at) << 64n) | this.#bytes.readBigUInt64BE(at + 8)));
  }

  #real(at: number, size: number): number {
    if ((size !== 4 && size !== 8) || at + size > this.#bytes.length) throw damaged();
    return size === 4 ? this.#bytes.readFloatBE(at) : this.#bytes.readDoubleBE(at);
  }

  #uint(at: number, size: number): number {
    if (at + size > this.#bytes.length) throw damaged();
    let value = 0;
    for (let index = 0; index < size; index++) value = value * 256 + this.#bytes.readUInt8(at + index);
    if (!Number.isSafeInteger(value)) throw damaged();
    return value;
  }
}

function simpleOf(low: number): null | boolean {
  if (low === 0) return null;
  if (low === 8 || low === 9) return low === 9;
  throw damaged();
}

const damaged = (): BinaryListError => new BinaryListError('contradicts itself');
