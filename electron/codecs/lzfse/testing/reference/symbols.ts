/**
 * How LZFSE splits numbers into a symbol and extra bits: a number is `base` of its symbol plus the extra bits behind it.
 * L is the length of a run of literals, M of a match, D how far back the match begins.
 */
export interface Alphabet {
  /** How many states its coder has: the frequencies of the symbols add up to it. */
  readonly states: number;
  readonly extraBits: Uint8Array;
  readonly base: Int32Array;
  /** The largest number that it can say. */
  readonly largest: number;
}

function alphabet(states: number, extraBits: readonly number[]): Alphabet {
  const base = new Int32Array(extraBits.length);
  let next = 0;
  extraBits.forEach((bits, symbol) => {
    base[symbol] = next;
    next += 1 << bits;
  });
  return { states, extraBits: Uint8Array.from(extraBits), base, largest: next - 1 };
}

const sixteenExact = Array.from({ length: 16 }, () => 0);

export const literalLengths = alphabet(64, [...sixteenExact, 2, 3, 5, 8]);
export const matchLengths = alphabet(64, [...sixteenExact, 3, 5, 8, 11]);
/** Four symbols of every width: 0, 0, 0, 0, 1, 1, 1, 1, ... 15. Zero means: as far back as the match before. */
export const distances = alphabet(
  256,
  Array.from({ length: 64 }, (_, symbol) => symbol >> 2),
);

/** Literals are bytes without extra bits. */
export const literalStates = 1024;
export const literalSymbols = 256;

/** What a block holds at most; a longer stretch becomes several blocks. */
export const matchesPerBlock = 10_000;
export const literalsPerBlock = 4 * matchesPerBlock;

/** The symbol whose range a number of the alphabet falls into. */
export function symbolOf({ base }: Alphabet, number: number): number {
  let symbol = base.length - 1;
  while ((base[symbol] ?? 0) > number) symbol--;
  return symbol;
}
