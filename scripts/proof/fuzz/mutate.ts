import { damaged, numbersFrom } from '../../../electron/codecs/lzfse/testing/damage.ts';
import type { FuzzTarget } from './target.ts';

type Next = (below: number) => number;

/** Where readers go wrong: ends of ranges, signs, and lengths near what is there. */
const edges = [0n, 1n, 2n, 0x7fn, 0xffn, 0x7fffn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 53n, -1n, -2n];
const written = ['0', '-1', '1e309', '9007199254740993', '18446744073709551616', '0x10', '+1', '1.5', '', 'NaN'];
/** Of anything that is written many times at once: nested, or simply much. */
const repeats = [3, 70, 1000, 20_000];
/** Inputs beyond this say nothing that shorter ones do not, and cost time. */
const maxGrownBytes = 1024 ** 2;
const grainBytes = 64;

/** Makes the inputs of a target: the same seed and number give the same bytes. */
export class Mutator {
  readonly #seeds: readonly { bytes: Buffer; grains: readonly number[] }[];
  readonly #target: FuzzTarget;
  readonly #seed: number;

  constructor(target: FuzzTarget, seeds: readonly Buffer[], seed: number) {
    if (seeds.length === 0) throw new Error(`${target.name} has no seeds.`);
    this.#target = target;
    this.#seed = seed;
    this.#seeds = seeds.map((bytes) => ({ bytes, grains: grainsOf(bytes) }));
  }

  /** The first inputs are the seeds as they are. */
  input(number: number): Buffer {
    const untouched = this.#seeds[number];
    if (untouched !== undefined) return Buffer.from(untouched.bytes);
    const next = numbersFrom(this.#seed ^ Math.imul(number, 0x9e3779b1));
    const chosen = this.#pick(next);
    let bytes: Buffer = next(3) === 0 ? damaged(chosen.bytes, next) : Buffer.from(chosen.bytes);
    for (let times = next(4); times > 0; times--) bytes = this.#change(bytes, chosen.grains, next);
    const { markBytes = 0 } = this.#target;
    if (next(8) > 0 && bytes.length >= markBytes) chosen.bytes.copy(bytes, 0, 0, markBytes);
    return bytes;
  }

  #pick(next: Next): { bytes: Buffer; grains: readonly number[] } {
    const chosen = this.#seeds[next(this.#seeds.length)];
    if (chosen === undefined) throw new Error('There is nothing to change.');
    return chosen;
  }

  #change(bytes: Buffer, grains: readonly number[], next: Next): Buffer {
    // Images of disks are nearly all zeros: most changes go to where something is.
    const grain = next(4) === 0 ? undefined : grains[next(grains.length)];
    const at = Math.min(grain === undefined ? next(bytes.length + 1) : grain + next(grainBytes), bytes.length);
    switch (next(6)) {
      case 0:
        return withInteger(bytes, at, next);
      case 1:
        return withWrittenNumber(bytes, at, next);
      case 2:
        return inserted(bytes, at, Buffer.from(this.#word(next)));
      case 3:
        return repeated(bytes, at, 1 + next(24), repeats[next(repeats.length)] ?? 1);
      case 4: {
        const { bytes: other } = this.#pick(next);
        return Buffer.concat([bytes.subarray(0, at), other.subarray(next(other.length + 1))]);
      }
      default:
        return next(3) === 0 ? bytes.subarray(0, at) : inserted(bytes, at, Buffer.of(next(256)));
    }
  }

  #word(next: Next): string {
    const words = this.#target.words ?? [];
    return words[next(words.length)] ?? ['\0', '\u001b[2J', '../', '\u202e', '\ufeff', '"', '{', '['][next(8)] ?? '';
  }
}

/** Offsets of the pieces that hold anything but zeros. */
function grainsOf(bytes: Buffer): number[] {
  const grains: number[] = [];
  const zeros = Buffer.alloc(grainBytes);
  for (let at = 0; at < bytes.length; at += grainBytes) {
    const piece = bytes.subarray(at, at + grainBytes);
    if (piece.compare(zeros, 0, piece.length) !== 0) grains.push(at);
  }
  return grains;
}

/** An integer of 1 to 8 bytes, in one order or the other, set to an edge. */
function withInteger(bytes: Buffer, at: number, next: Next): Buffer {
  const length = 1 << next(4);
  const from = next(2) === 0 ? at - (at % length) : at;
  if (from + length > bytes.length) return bytes;
  const value = Buffer.alloc(8);
  value.writeBigInt64LE(BigInt.asIntN(64, (edges[next(edges.length)] ?? 0n) + BigInt(next(3) - 1)));
  const piece = value.subarray(0, length);
  if (next(2) === 0) piece.reverse();
  piece.copy(bytes, from);
  return bytes;
}

/** The next number that is written in digits, replaced. */
function withWrittenNumber(bytes: Buffer, at: number, next: Next): Buffer {
  const isDigit = (index: number): boolean => (bytes[index] ?? 0) >= 0x30 && (bytes[index] ?? 0) <= 0x39;
  const near = Math.min(bytes.length, at + 4096);
  let from = at;
  while (from < near && !isDigit(from)) from++;
  let to = from;
  while (to < near && isDigit(to)) to++;
  const number = Buffer.from(written[next(written.length)] ?? '');
  return Buffer.concat([bytes.subarray(0, from), number, bytes.subarray(to)]);
}

function inserted(bytes: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

function repeated(bytes: Buffer, at: number, length: number, times: number): Buffer {
  const piece = bytes.subarray(at, at + length);
  if (piece.length * times > maxGrownBytes) return bytes;
  return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: times }, () => piece), bytes.subarray(at)]);
}
