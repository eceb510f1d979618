import { CodecError } from '../lzfse/codec-error.ts';
import { OutputWindow } from '../lzfse/output-window.ts';

/**
 * Decodes LZ4 as Apple frames it: `bv41` with the lengths of a block and the block, `bv4-` with a length and bytes as they
 * are, `bv4$` at the end. Matches may look back into earlier blocks. `plain` must be exactly as long as the stream says.
 * @throws CodecError
 */
export function unpackLz4(packed: Uint8Array, plain: Uint8Array): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const window = new OutputWindow(plain);
  let at = 0;
  for (;;) {
    const magic = bytes.toString('latin1', at, at + 4);
    if (magic === 'bv4$') break;
    const headBytes = magic === 'bv41' ? 12 : 8;
    if (magic !== 'bv41' && magic !== 'bv4-') throw new CodecError('no block of LZ4 begins here', at);
    if (at + headBytes > bytes.length) throw new CodecError('the head of a block is cut off', bytes.length);
    const rawBytes = bytes.readUInt32LE(at + 4);
    const payloadBytes = magic === 'bv41' ? bytes.readUInt32LE(at + 8) : rawBytes;
    const from = at + headBytes;
    if (from + payloadBytes > bytes.length) throw new CodecError('a block is cut off', bytes.length);
    if (rawBytes > window.room) throw new CodecError('it holds more than was said', at);
    if (magic === 'bv4-') window.append(bytes.subarray(from, from + rawBytes));
    else decodeBlock(bytes, from, from + payloadBytes, window, window.position + rawBytes);
    at = from + payloadBytes;
  }
  if (at + 4 !== bytes.length) throw new CodecError('something follows the end', at + 4);
  if (window.room > 0) throw new CodecError('it holds less than was said', at);
}

/** One block (LZ4 block format): sequences of literals and a match, the last one without a match. */
function decodeBlock(bytes: Buffer, from: number, to: number, window: OutputWindow, end: number): void {
  let at = from;
  /** Lengths of 15 and more go on in further bytes, as long as these are 255. */
  const length = (short: number): number => {
    if (short < 15) return short;
    let sum = short;
    for (;;) {
      if (at >= to) throw new CodecError('a length is cut off', at);
      const more = bytes[at++] ?? 0;
      sum += more;
      if (more < 255) return sum;
    }
  };
  while (at < to) {
    const token = bytes[at++] ?? 0;
    const literals = length(token >> 4);
    if (literals > to - at) throw new CodecError('literals are cut off', at);
    if (literals > end - window.position) throw new CodecError('a block holds more than it says', at);
    window.append(bytes.subarray(at, at + literals));
    at += literals;
    if (at === to) break;
    if (to - at < 2) throw new CodecError('a match is cut off', at);
    const distance = bytes.readUInt16LE(at);
    at += 2;
    const match = length(token & 15) + 4;
    if (distance === 0 || distance > window.position) throw new CodecError('a match reaches before the beginning', at);
    if (match > end - window.position) throw new CodecError('a block holds more than it says', at);
    window.repeat(distance, match);
  }
  if (window.position !== end) throw new CodecError('a block holds less than it says', at);
}
