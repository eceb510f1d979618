import type { Alphabet } from './symbols.ts';

/**
 * What a coder's state says: the number is `base` plus the extra bits; the next state is `nextBase` plus `stateBits` bits.
 * Arrays have one element for every state.
 */
export interface NumberTable {
  readonly totalBits: Uint8Array;
  readonly extraBits: Uint8Array;
  readonly nextBase: Int16Array;
  readonly base: Int32Array;
}

/** The same for literals, whose number is the symbol. */
export interface LiteralTable {
  readonly stateBits: Uint8Array;
  readonly nextBase: Int16Array;
  readonly symbol: Uint8Array;
}

/**
 * Calls `visit` for every state in order. A symbol has as many states as its frequency f says. With k the least shift that
 * brings f above half of the states, the first (states << 1 >> k) - f of them read k bits and the others k - 1 (Duda,
 * "Asymmetric numeral systems", as LZFSE lays them out: symbol after symbol).
 */
function eachState(
  states: number,
  frequencies: Uint16Array,
  visit: (state: number, symbol: number, stateBits: number, nextBase: number) => void,
): void {
  let state = 0;
  frequencies.forEach((frequency, symbol) => {
    if (frequency === 0) return;
    const shift = Math.clz32(frequency) - Math.clz32(states);
    const longer = ((2 * states) >> shift) - frequency;
    for (let index = 0; index < frequency; index++, state++) {
      if (index < longer) visit(state, symbol, shift, ((frequency + index) << shift) - states);
      else visit(state, symbol, shift - 1, (index - longer) << (shift - 1));
    }
  });
}

/** `frequencies` add up to the alphabet's states. */
export function numberTable({ states, extraBits, base }: Alphabet, frequencies: Uint16Array): NumberTable {
  const table = {
    totalBits: new Uint8Array(states),
    extraBits: new Uint8Array(states),
    nextBase: new Int16Array(states),
    base: new Int32Array(states),
  };
  eachState(states, frequencies, (state, symbol, stateBits, nextBase) => {
    table.extraBits[state] = extraBits[symbol] ?? 0;
    table.totalBits[state] = stateBits + (extraBits[symbol] ?? 0);
    table.nextBase[state] = nextBase;
    table.base[state] = base[symbol] ?? 0;
  });
  return table;
}

/** `frequencies` add up to `states`. */
export function literalTable(states: number, frequencies: Uint16Array): LiteralTable {
  const table = {
    stateBits: new Uint8Array(states),
    nextBase: new Int16Array(states),
    symbol: new Uint8Array(states),
  };
  eachState(states, frequencies, (state, symbol, stateBits, nextBase) => {
    table.stateBits[state] = stateBits;
    table.nextBase[state] = nextBase;
    table.symbol[state] = symbol;
  });
  return table;
}
