import { maxHeaderBytes, readBlockHeader } from './block-header.ts';
import { CodecError } from '../../codec-error.ts';
import { openBlock, payloadBytesOf } from './decode.ts';
import { OutputWindow } from '../../output-window.ts';
import { distances } from './symbols.ts';

const pieceBytes = 1024 ** 2;
/** No encoder makes blocks of LZVN that are longer than a few kB; this only bounds the memory. */
const maxPayloadBytes = 16 * 1024 ** 2;

/** What came of a stream and was not used yet. */
class Arrived {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  /** Bytes taken so far. */
  offset = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least `count` bytes, or all that are left; they stay where they are. */
  async peek(count: number): Promise<Buffer> {
    const pieces = [this.#held];
    let length = this.#held.length;
    while (length < count && !this.#ended) {
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else {
        pieces.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length));
        length += next.value.length;
      }
    }
    if (pieces.length > 1) this.#held = Buffer.concat(pieces);
    return this.#held;
  }

  async take(count: number): Promise<Buffer> {
    const taken = (await this.peek(count)).subarray(0, count);
    if (taken.length < count) throw new CodecError('a block is cut off', this.offset + taken.length);
    this.#held = this.#held.subarray(count);
    this.offset += count;
    return taken;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/**
 * Decodes an LZFSE stream of any length in a few MB of memory: one block is held, and as much of the output as a match can
 * look back. Yields pieces that the caller may keep.
 * @throws CodecError
 */
export async function* decodeLzfseStream(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const arrived = new Arrived(source);
  const window = new OutputWindow(new Uint8Array(distances.largest + pieceBytes));
  let given = 0;
  const give = () => {
    const piece = window.bytes.slice(given, window.position);
    window.keepLast(distances.largest);
    given = window.position;
    return piece;
  };
  try {
    for (;;) {
      const header = readBlockHeader((await arrived.peek(maxHeaderBytes)).subarray(0, maxHeaderBytes), arrived.offset);
      await arrived.take(header.headerBytes);
      if (header.kind === 'end') break;
      let left = payloadBytesOf(header);
      if (header.kind !== 'stored' && left > maxPayloadBytes)
        throw new CodecError('a block is too long', arrived.offset);
      do {
        const origin = arrived.offset;
        const payload = await arrived.take(header.kind === 'stored' ? Math.min(left, pieceBytes) : left);
        left -= payload.length;
        const block = openBlock(header, payload, origin);
        while (!block.run(window)) yield give();
      } while (left > 0);
    }
    if (window.position > given) yield give();
    if ((await arrived.peek(1)).length > 0) throw new CodecError('something follows the end', arrived.offset);
  } finally {
    await arrived.close();
  }
}
