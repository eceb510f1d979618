import { type Alphabet, literalStates, literalSymbols } from './symbols.ts';

/** Writes bits forwards, lowest bit of a byte first. */
export class ForwardBits {
  readonly #bytes: number[] = [];
  #held = 0;
  #heldBits = 0;

  /** At most 24 bits. */
  write(value: number, count: number): void {
    this.#held |= value << this.#heldBits;
    this.#heldBits += count;
    while (this.#heldBits >= 8) {
      this.#bytes.push(this.#held & 0xff);
      this.#held >>>= 8;
      this.#heldBits -= 8;
    }
  }

  /** The bytes, and -7 to 0 for how many bits of the last one are unused. */
  finish(): { bytes: Uint8Array; unusedBits: number } {
    if (this.#heldBits === 0) return { bytes: Uint8Array.from(this.#bytes), unusedBits: 0 };
    return { bytes: Uint8Array.from([...this.#bytes, this.#held & 0xff]), unusedBits: this.#heldBits - 8 };
  }
}

/**
 * Frequencies that add up to `states`, as close to the counts as whole numbers get, and at least 1 for what occurs.
 * Of no counts at all, everything goes to the first symbol.
 */
function scaledFrequencies(counts: Uint32Array, states: number): Uint16Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const scaled = new Uint16Array(counts.length);
  if (total === 0) {
    scaled[0] = states;
    return scaled;
  }
  let left = states;
  counts.forEach((count, symbol) => {
    const share = count === 0 ? 0 : Math.max(1, Math.round((count * states) / total));
    scaled[symbol] = share;
    left -= share;
  });
  // What rounding took or gave is settled with the most common ones, where it matters least.
  const commonFirst = [...scaled.keys()].sort((a, b) => (scaled[b] ?? 0) - (scaled[a] ?? 0));
  if (left > 0) scaled[commonFirst[0] ?? 0] = (scaled[commonFirst[0] ?? 0] ?? 0) + left;
  while (left < 0) {
    for (const symbol of commonFirst) {
      const share = scaled[symbol] ?? 0;
      // A quarter at most, so that one symbol does not pay for all.
      const taken = Math.min(-left, share - 1, Math.max(1, share >> 2));
      if (taken <= 0) continue;
      scaled[symbol] = share - taken;
      left += taken;
      if (left === 0) break;
    }
  }
  return scaled;
}

/** One coder's state, and what each symbol does to it: the inverse of `eachState` of the decoder's tables. */
export class SymbolCoder {
  readonly #states: number;
  readonly #frequencies: Uint16Array;
  readonly #firstState: Uint16Array;
  state = 0;

  /** `frequencies` add up to `states`. */
  constructor(states: number, frequencies: Uint16Array) {
    this.#states = states;
    this.#frequencies = frequencies;
    this.#firstState = new Uint16Array(frequencies.length);
    let next = 0;
    frequencies.forEach((frequency, symbol) => {
      this.#firstState[symbol] = next;
      next += frequency;
    });
  }

  encode(symbol: number, bits: ForwardBits): void {
    const frequency = this.#frequencies[symbol] ?? 0;
    const shift = Math.clz32(frequency) - Math.clz32(this.#states);
    const whole = this.state + this.#states;
    const count = whole >= frequency << shift ? shift : shift - 1;
    bits.write(this.state & ((1 << count) - 1), count);
    this.state = (this.#firstState[symbol] ?? 0) + (whole >> count) - frequency;
  }
}

/** Codes numbers of one alphabet. */
export class NumberCoder {
  readonly #alphabet: Alphabet;
  readonly #coder: SymbolCoder;
  readonly frequencies: Uint16Array;

  /** `symbols` is everything that it will code. */
  constructor(alphabet: Alphabet, symbols: Uint8Array) {
    this.#alphabet = alphabet;
    this.frequencies = scaledFrequencies(countsOf(symbols, alphabet.base.length), alphabet.states);
    this.#coder = new SymbolCoder(alphabet.states, this.frequencies);
  }

  get state(): number {
    return this.#coder.state;
  }

  encode(symbol: number, number: number, bits: ForwardBits): void {
    bits.write(number - (this.#alphabet.base[symbol] ?? 0), this.#alphabet.extraBits[symbol] ?? 0);
    this.#coder.encode(symbol, bits);
  }
}

/** Literals as a payload of four coders in turn. Their number must be a multiple of 4. */
export function encodeLiterals(literals: Uint8Array) {
  const frequencies = scaledFrequencies(countsOf(literals, literalSymbols), literalStates);
  const coders = Array.from({ length: 4 }, () => new SymbolCoder(literalStates, frequencies));
  const bits = new ForwardBits();
  // Backwards: the decoder reads from the end.
  for (let index = literals.length - 1; index >= 0; index--) coders[index & 3]?.encode(literals[index] ?? 0, bits);
  return { ...bits.finish(), frequencies, states: coders.map(({ state }) => state) };
}

function countsOf(symbols: Uint8Array, kinds: number): Uint32Array {
  const counts = new Uint32Array(kinds);
  for (const symbol of symbols) counts[symbol] = (counts[symbol] ?? 0) + 1;
  return counts;
}
