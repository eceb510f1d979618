import { encodeLiterals, ForwardBits, NumberCoder } from './coder.ts';
import { writeFrequencies } from './frequencies.ts';
import { distances, literalLengths, literalsPerBlock, matchesPerBlock, matchLengths, symbolOf } from './symbols.ts';

/** Collects literals and matches, and writes them as `bvx2` blocks. */
export class BlockWriter {
  readonly #write: (block: Uint8Array) => void;
  readonly #literals = new Uint8Array(literalsPerBlock);
  readonly #lengths = new Int32Array(matchesPerBlock);
  readonly #matches = new Int32Array(matchesPerBlock);
  /** 0 where it is that of the match before. */
  readonly #distances = new Int32Array(matchesPerBlock);
  #literalCount = 0;
  #matchCount = 0;
  #rawBytes = 0;
  #lastDistance = 0;

  constructor(write: (block: Uint8Array) => void) {
    this.#write = write;
  }

  /** Numbers must be within their alphabets. */
  add(literals: Uint8Array, match: number, distance: number): void {
    if (this.#matchCount === matchesPerBlock || this.#literalCount + literals.length > literalsPerBlock) this.flush();
    this.#literals.set(literals, this.#literalCount);
    const at = this.#matchCount++;
    this.#lengths[at] = literals.length;
    this.#matches[at] = match;
    // Without a match the distance is never used; the one before costs nothing, and there must be one.
    const same = distance === this.#lastDistance || (match === 0 && this.#lastDistance !== 0);
    this.#distances[at] = same ? 0 : distance;
    if (!same) this.#lastDistance = distance;
    this.#literalCount += literals.length;
    this.#rawBytes += literals.length + match;
  }

  flush(): void {
    if (this.#matchCount === 0) return;
    this.#write(this.#block());
    this.#literalCount = 0;
    this.#matchCount = 0;
    this.#rawBytes = 0;
    this.#lastDistance = 0;
  }

  #block(): Uint8Array {
    // The four coders of literals take equally many.
    const literalCount = Math.ceil(this.#literalCount / 4) * 4;
    this.#literals.fill(this.#literals[0] ?? 0, this.#literalCount, literalCount);
    const literals = encodeLiterals(this.#literals.subarray(0, literalCount));
    const triples = this.#encodeTriples();
    const tables = writeFrequencies([...triples.frequencies, literals.frequencies]);
    const head = Buffer.alloc(32);
    head.write('bvx2', 'latin1');
    head.writeUInt32LE(this.#rawBytes, 4);
    const words = [
      packed([literalCount, 20], [literals.bytes.length, 20], [this.#matchCount, 20], [literals.unusedBits + 7, 3]),
      packed(
        ...literals.states.map((state): [number, number] => [state, 10]),
        [triples.bytes.length, 20],
        [triples.unusedBits + 7, 3],
      ),
      packed([head.length + tables.length, 32], ...triples.states.map((state): [number, number] => [state, 10])),
    ];
    words.forEach((word, index) => head.writeBigUInt64LE(word, 8 + 8 * index));
    return Buffer.concat([head, tables, literals.bytes, triples.bytes]);
  }

  #encodeTriples() {
    const count = this.#matchCount;
    const symbols = (alphabet: Parameters<typeof symbolOf>[0], numbers: Int32Array) =>
      Uint8Array.from(numbers.subarray(0, count), (number) => symbolOf(alphabet, number));
    const lengthSymbols = symbols(literalLengths, this.#lengths);
    const matchSymbols = symbols(matchLengths, this.#matches);
    const distanceSymbols = symbols(distances, this.#distances);
    const length = new NumberCoder(literalLengths, lengthSymbols);
    const match = new NumberCoder(matchLengths, matchSymbols);
    const distance = new NumberCoder(distances, distanceSymbols);
    const bits = new ForwardBits();
    // Some decoders load eight bytes at a time, also before the first bit that they need.
    for (let index = 0; index < 8; index++) bits.write(0, 8);
    for (let index = count - 1; index >= 0; index--) {
      distance.encode(distanceSymbols[index] ?? 0, this.#distances[index] ?? 0, bits);
      match.encode(matchSymbols[index] ?? 0, this.#matches[index] ?? 0, bits);
      length.encode(lengthSymbols[index] ?? 0, this.#lengths[index] ?? 0, bits);
    }
    return {
      ...bits.finish(),
      states: [length.state, match.state, distance.state],
      frequencies: [length.frequencies, match.frequencies, distance.frequencies],
    };
  }
}

/** Fields of a number and a width, lowest first, in 64 bits. */
function packed(...fields: readonly [number: number, width: number][]): bigint {
  let word = 0n;
  let shift = 0n;
  for (const [number, width] of fields) {
    word |= BigInt(number) << shift;
    shift += BigInt(width);
  }
  return word;
}
