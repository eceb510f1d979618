import { BackwardBits } from './bit-reader.ts';
import type { LzfseHeader } from './block-header.ts';
import { CodecError } from '../../codec-error.ts';
import { literalTable, type NumberTable, numberTable } from './decoder-tables.ts';
import type { OutputWindow } from '../../output-window.ts';
import { distances, literalLengths, literalStates, matchLengths } from './symbols.ts';

/** A block on its way into a window. */
export interface BlockDecoder {
  /** Goes on until the block is done (true) or the window has no room for the next step (false). */
  run(window: OutputWindow): boolean;
}

/** A coder of numbers: its table, and the state that it is in. */
interface Coder {
  readonly table: NumberTable;
  state: number;
}

/**
 * Decodes a `bvx1` or `bvx2` block: first all literals, four coders in turn over one payload; then triples of how many
 * literals to take, how long a match follows and how far back it begins.
 * @param payload what follows the header, exactly
 * @param origin where in the stream the payload begins
 * @throws CodecError, also from `run`
 */
export function openLzfseBlock(header: LzfseHeader, payload: Uint8Array, origin: number): BlockDecoder {
  const literals = decodeLiterals(header, payload.subarray(0, header.literalPayloadBytes), origin);
  const matchOrigin = origin + header.literalPayloadBytes;
  const bits = new BackwardBits(payload.subarray(header.literalPayloadBytes), header.matchBits, matchOrigin);
  const lengths = { table: numberTable(literalLengths, header.lengthFrequencies), state: header.lengthState };
  const matches = { table: numberTable(matchLengths, header.matchFrequencies), state: header.matchState };
  const far = { table: numberTable(distances, header.distanceFrequencies), state: header.distanceState };
  let matchesLeft = header.matchCount;
  let rawLeft = header.rawBytes;
  let literalsUsed = 0;
  let pending = false;
  let [literalLength, matchLength, distance] = [0, 0, 0];
  const refuse = (reason: string): never => {
    throw new CodecError(reason, matchOrigin);
  };

  const readTriple = () => {
    literalLength = readNumber(lengths, bits);
    matchLength = readNumber(matches, bits);
    distance = readNumber(far, bits) || distance;
    if (literalsUsed + literalLength > literals.length) refuse('a block uses more literals than it has');
    if (literalLength + matchLength > rawLeft) refuse('a block holds more than it says');
    pending = true;
  };

  const run = (window: OutputWindow): boolean => {
    while (pending || matchesLeft > 0) {
      if (!pending) readTriple();
      if (window.room < literalLength + matchLength) return false;
      window.append(literals.subarray(literalsUsed, literalsUsed + literalLength));
      if (matchLength > 0) {
        if (distance === 0 || distance > window.position) refuse('a match reaches before the beginning');
        window.repeat(distance, matchLength);
      }
      literalsUsed += literalLength;
      rawLeft -= literalLength + matchLength;
      matchesLeft--;
      pending = false;
    }
    if (rawLeft > 0) refuse('a block holds less than it says');
    return true;
  };
  return { run };
}

function readNumber(coder: Coder, bits: BackwardBits): number {
  const { table, state } = coder;
  // The table has an element for every state, and states come from the table.
  const extraBits = table.extraBits[state] ?? 0;
  const read = bits.read(table.totalBits[state] ?? 0);
  coder.state = (table.nextBase[state] ?? 0) + (read >>> extraBits);
  return (table.base[state] ?? 0) + (read & ((1 << extraBits) - 1));
}

function decodeLiterals(header: LzfseHeader, payload: Uint8Array, origin: number): Uint8Array {
  const literals = new Uint8Array(header.literalCount);
  const table = literalTable(literalStates, header.literalFrequencies);
  const bits = new BackwardBits(payload, header.literalBits, origin);
  const states = [...header.literalState];
  for (let index = 0; index < literals.length; index++) {
    const state = states[index & 3] ?? 0;
    literals[index] = table.symbol[state] ?? 0;
    states[index & 3] = (table.nextBase[state] ?? 0) + bits.read(table.stateBits[state] ?? 0);
  }
  return literals;
}
