import { distances, literalLengths, matchLengths } from './symbols.ts';

/**
 * Copy `literals` bytes, then `match` bytes from `distance` back. A match of 0 ends what has no match behind it.
 */
export type Emit = (literalsFrom: number, literals: number, match: number, distance: number) => void;

const hashBits = 14;
/** Places with the same hash that are remembered. */
const depth = 4;
/** Shorter ones cost more than the literals do. */
const shortestMatch = 4;
/** A match of this length is taken without looking whether the next byte begins a longer one. */
const goodMatch = 40;

interface Match {
  readonly length: number;
  readonly distance: number;
}

/**
 * Splits `plain` into literals and matches, greedily but for one byte that it looks ahead, within the limits of the
 * format's alphabets. Calls `emit` in order.
 */
export function findMatches(plain: Uint8Array, emit: Emit): void {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.length);
  const finder = new Places(bytes);
  // Four bytes are read at every place.
  const last = bytes.length - shortestMatch;
  let literalsFrom = 0;
  let at = 0;
  while (at <= last) {
    let match = finder.bestAt(at);
    finder.remember(at);
    if (match === undefined) {
      at++;
      continue;
    }
    if (match.length < goodMatch && at < last) {
      const later = finder.bestAt(at + 1);
      if (later !== undefined && later.length > match.length + 1) {
        match = later;
        at++;
        finder.remember(at);
      }
    }
    emitWithin(emit, literalsFrom, at - literalsFrom, match);
    const end = at + match.length;
    for (at++; at < end; at++) if (at <= last) finder.remember(at);
    literalsFrom = end;
  }
  emitWithin(emit, literalsFrom, bytes.length - literalsFrom, { length: 0, distance: 1 });
}

/** Where four bytes with the same hash were seen last. */
class Places {
  readonly #bytes: Buffer;
  /** Of each hash the last places plus 1, newest first; 0 for none. */
  readonly #places = new Int32Array(depth << hashBits);

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  remember(at: number): void {
    const row = this.#row(at);
    const places = this.#places;
    for (let index = row + depth - 1; index > row; index--) places[index] = places[index - 1] ?? 0;
    places[row] = at + 1;
  }

  bestAt(at: number): Match | undefined {
    const row = this.#row(at);
    let best: Match | undefined;
    for (let index = row; index < row + depth; index++) {
      const candidate = (this.#places[index] ?? 0) - 1;
      if (candidate < 0 || at - candidate > distances.largest) break;
      const length = this.#sameLength(candidate, at);
      if (length >= shortestMatch && length > (best?.length ?? 0)) best = { length, distance: at - candidate };
    }
    return best;
  }

  #row(at: number): number {
    return (Math.imul(this.#bytes.readUInt32LE(at), 0x9e3779b1) >>> (32 - hashBits)) * depth;
  }

  #sameLength(earlier: number, at: number): number {
    const bytes = this.#bytes;
    let length = 0;
    while (at + length < bytes.length && bytes[earlier + length] === bytes[at + length]) length++;
    return length;
  }
}

/** Emits in portions that the alphabets can say. */
function emitWithin(emit: Emit, from: number, literals: number, { length, distance }: Match): void {
  let [at, left, match] = [from, literals, length];
  for (; left > literalLengths.largest; left -= literalLengths.largest, at += literalLengths.largest)
    emit(at, literalLengths.largest, 0, 1);
  let first = Math.min(match, matchLengths.largest);
  if (left + first > 0) emit(at, left, first, distance);
  for (match -= first; match > 0; match -= first) {
    first = Math.min(match, matchLengths.largest);
    emit(at, 0, first, distance);
  }
}
