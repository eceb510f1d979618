/**
 * The frequencies of symbols as a `bvx2` header has them: each by a prefix of a code of 2, 3, 5, 8 or 14 bits, lowest bit
 * first. Small ones are the most common, so they take the fewest bits.
 */

import { CodecError } from '../../codec-error.ts';

const longBase = 24;
const middleBase = 8;

/** `bits` of the code of a frequency, and how many. */
function frequencyCode(frequency: number): { bits: number; length: number } {
  if (frequency === 0) return { bits: 0b00, length: 2 };
  if (frequency === 1) return { bits: 0b10, length: 2 };
  if (frequency === 2) return { bits: 0b001, length: 3 };
  if (frequency === 3) return { bits: 0b101, length: 3 };
  if (frequency < middleBase) return { bits: ((frequency - 4) << 3) | 0b011, length: 5 };
  if (frequency < longBase) return { bits: ((frequency - middleBase) << 4) | 0b0111, length: 8 };
  return { bits: ((frequency - longBase) << 4) | 0b1111, length: 14 };
}

function decoded(bits: number): { frequency: number; length: number } {
  if ((bits & 0b11) === 0b00) return { frequency: 0, length: 2 };
  if ((bits & 0b11) === 0b10) return { frequency: 1, length: 2 };
  if ((bits & 0b11) === 0b01) return { frequency: 2 + ((bits >> 2) & 1), length: 3 };
  if ((bits & 0b100) === 0) return { frequency: 4 + ((bits >> 3) & 3), length: 5 };
  if ((bits & 0b1000) === 0) return { frequency: middleBase + ((bits >> 4) & 15), length: 8 };
  return { frequency: longBase + ((bits >> 4) & 1023), length: 14 };
}

/**
 * Reads `count` frequencies from `bytes[from]` up to `bytes[to]`, all of which must be used but for the last bits.
 * @throws CodecError; offsets count from `origin`
 */
export function readFrequencies(
  bytes: Uint8Array,
  from: number,
  to: number,
  count: number,
  origin: number,
): Uint16Array {
  const frequencies = new Uint16Array(count);
  let held = 0;
  let heldBits = 0;
  let at = from;
  for (let index = 0; index < count; index++) {
    while (heldBits <= 24 && at < to) {
      held = (held | ((bytes[at++] ?? 0) << heldBits)) >>> 0;
      heldBits += 8;
    }
    const { frequency, length } = decoded(held);
    if (length > heldBits) throw new CodecError('its table of frequencies is cut off', origin + at);
    frequencies[index] = frequency;
    held >>>= length;
    heldBits -= length;
  }
  if (at !== to || heldBits >= 8 || held !== 0)
    throw new CodecError('its table of frequencies has another length than it says', origin + at);
  return frequencies;
}

/** The inverse of {@link readFrequencies}. */
export function writeFrequencies(tables: readonly Uint16Array[]): Uint8Array {
  const bytes: number[] = [];
  let held = 0;
  let heldBits = 0;
  for (const table of tables) {
    for (const frequency of table) {
      const { bits, length } = frequencyCode(frequency);
      held |= bits << heldBits;
      heldBits += length;
      while (heldBits >= 8) {
        bytes.push(held & 0xff);
        held >>>= 8;
        heldBits -= 8;
      }
    }
  }
  if (heldBits > 0) bytes.push(held & 0xff);
  return Uint8Array.from(bytes);
}
