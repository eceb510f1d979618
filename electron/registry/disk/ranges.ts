import { createHash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { lendMemory } from './lent-memory.ts';
import { nextData, nextHole, punchHole } from '../../files/posix.ts';

/** Bytes `[offset, offset + length)` of a file. */
export interface FileRange {
  readonly fd: number;
  readonly offset: number;
  readonly length: number;
}

/** Large enough that hashing and not the call is what costs. */
const pieceBytes = 1024 ** 2;
const zeros = Buffer.alloc(pieceBytes);

/** A run of a file: data, or a hole of which nothing need be read. */
interface Run {
  readonly isHole: boolean;
  readonly offset: number;
  readonly length: number;
}

/** The runs of a range in order; what lies past the end of the file counts as a hole. */
export function* runsOf({ fd, offset, length }: FileRange): Generator<Run> {
  const end = offset + length;
  for (let position = offset; position < end;) {
    const found = nextData(fd, position);
    const data = found === -1 ? end : Math.min(found, end);
    if (data > position) yield { isHole: true, offset: position, length: data - position };
    if (data === end) return;
    const hole = nextHole(fd, data);
    position = hole === -1 ? end : Math.min(hole, end);
    yield { isHole: false, offset: data, length: position - data };
  }
}

/**
 * Hands a range to `onPiece` in pieces of at most 1 MiB, holes as `null`. The buffer is used again for the next piece.
 */
export function readPieces(
  range: FileRange,
  onPiece: (bytes: Buffer | null, length: number, offset: number) => void,
): void {
  using memory = lendMemory(pieceBytes);
  const buffer = memory.bytes;
  for (const run of runsOf(range)) {
    for (let done = 0; done < run.length;) {
      const wanted = Math.min(pieceBytes, run.length - done);
      const count = run.isHole ? wanted : readSync(range.fd, buffer, 0, wanted, run.offset + done);
      // The file was cut off meanwhile; the digest will say so.
      if (count === 0) return;
      onPiece(run.isHole ? null : buffer, count, run.offset + done);
      done += count;
    }
  }
}

/** `sha256:` of a range, holes not read. */
export function hashRange(range: FileRange): string {
  const hash = createHash('sha256');
  readPieces(range, (bytes, length) =>
    hash.update(bytes === null ? zeros.subarray(0, length) : bytes.subarray(0, length)),
  );
  return `sha256:${hash.digest('hex')}`;
}

const zeroDigests = new Map<number, string>();

/** `sha256:` of so many zeros; what a hole of that size hashes to. */
export function zeroDigest(length: number): string {
  const known = zeroDigests.get(length);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (let done = 0; done < length; done += pieceBytes)
    hash.update(zeros.subarray(0, Math.min(pieceBytes, length - done)));
  const digest = `sha256:${hash.digest('hex')}`;
  zeroDigests.set(length, digest);
  return digest;
}

/** Every file system with holes can make one of whole pieces of this size at such an offset. */
const holeGrainBytes = 64 * 1024;

/**
 * Makes a range read as zeros without writing them; false if the file system can't, in which case whoever writes there
 * must write zeros too.
 */
export function clearRange(range: FileRange): boolean {
  for (const run of [...runsOf(range)].filter(({ isHole }) => !isHole)) {
    const [start, end] = [run.offset, run.offset + run.length];
    const from = Math.min(Math.ceil(start / holeGrainBytes) * holeGrainBytes, end);
    const to = Math.max(Math.floor(end / holeGrainBytes) * holeGrainBytes, from);
    writeZeros(range.fd, start, from);
    if (to > from && !punchHole(range.fd, from, to - from)) return false;
    writeZeros(range.fd, to, end);
  }
  return true;
}

function writeZeros(fd: number, from: number, to: number): void {
  for (let position = from; position < to;)
    position += writeSync(fd, zeros, 0, Math.min(to - position, pieceBytes), position);
}
