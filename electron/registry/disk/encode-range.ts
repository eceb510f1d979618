import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { encode, encodedBound, endMark } from './native.ts';
import { type FileRange, runsOf } from './ranges.ts';
import type { EncodedRange } from './tasks.ts';

/**
 * Packs a range of a disk as one layer. The same bytes make the same layer wherever the disk has its holes, since the
 * pieces are cut on a grid of the range. `onPiece` gets memory of its own each time.
 */
export async function encodeRange(
  range: FileRange,
  onPiece: (piece: Uint8Array<ArrayBuffer>) => Promise<void>,
  signal: AbortSignal,
): Promise<EncodedRange> {
  const hashes = { plain: createHash('sha256'), encoded: createHash('sha256') };
  let sizeBytes = 0;
  const give = async (piece: Uint8Array<ArrayBuffer>): Promise<void> => {
    hashes.encoded.update(piece);
    sizeBytes += piece.length;
    await onPiece(piece);
  };
  const buffer = Buffer.alloc(pieceBytes);
  for (let done = 0; done < range.length; done += pieceBytes) {
    signal.throwIfAborted();
    const length = Math.min(pieceBytes, range.length - done);
    const isAllHole = readPiece({ ...range, offset: range.offset + done, length }, buffer);
    hashes.plain.update(buffer.subarray(0, length));
    const target = new Uint8Array(encodedBound(length));
    await give(target.subarray(0, encode(isAllHole ? null : buffer, length, target)));
  }
  await give(Uint8Array.from(endMark));
  return {
    digest: `sha256:${hashes.encoded.digest('hex')}`,
    sizeBytes,
    plainDigest: `sha256:${hashes.plain.digest('hex')}`,
  };
}

/** A multiple of a block. */
const pieceBytes = 1024 ** 2;

/** Fills the buffer with a piece of the disk; true if that is one hole. */
function readPiece(range: FileRange, buffer: Buffer): boolean {
  let isAllHole = true;
  for (const run of runsOf(range)) {
    const start = run.offset - range.offset;
    const end = start + run.length;
    if (run.isHole) buffer.fill(0, start, end);
    else isAllHole = false;
    for (let at = run.isHole ? end : start; at < end;) {
      const count = readSync(range.fd, buffer, at, end - at, range.offset + at);
      if (count === 0) throw new Error('The disk became shorter while it was read.');
      at += count;
    }
  }
  return isAllHole;
}
