import { CodecError } from '../../codec-error.ts';
import type { BlockDecoder } from './lzfse-block.ts';
import type { OutputWindow } from '../../output-window.ts';

/** One instruction of LZVN: take literals from the payload, then repeat. */
interface Step {
  /** Bytes of the instruction itself. */
  readonly bytes: number;
  readonly literals: number;
  readonly match: number;
  /** Undefined: as far back as the match before. */
  readonly distance?: number;
}

/** Ends a block: the first byte, and seven zeros that say nothing. */
const endBytes = 8;
const endMark = 0x06;

/**
 * Decodes a `bvxn` block. The instructions differ by their first byte: 0-3 literals and a match of up to 34 with a
 * distance of 11, 14 or 16 bits or the last one; or literals alone; or a match alone.
 * @param payload what follows the header, exactly
 * @param origin where in the stream the payload begins
 * @throws CodecError, also from `run`
 */
export function openLzvnBlock(rawBytes: number, payload: Uint8Array, origin: number): BlockDecoder {
  let at = 0;
  let rawLeft = rawBytes;
  let distance = 0;
  const refuse = (reason: string): never => {
    throw new CodecError(reason, origin + Math.min(at, payload.length));
  };

  const run = (window: OutputWindow): boolean => {
    for (;;) {
      if (at >= payload.length) refuse('a block has no end');
      if (payload[at] === endMark) break;
      const step = readStep(payload, at) ?? refuse('there is no such instruction');
      const literalsAt = at + step.bytes;
      if (literalsAt + step.literals >= payload.length) refuse('an instruction is cut off');
      if (step.literals + step.match > rawLeft) refuse('a block holds more than it says');
      if (window.room < step.literals + step.match) return false;
      window.append(payload.subarray(literalsAt, literalsAt + step.literals));
      distance = step.distance ?? distance;
      if (step.match > 0) {
        if (distance === 0 || distance > window.position) refuse('a match reaches before the beginning');
        window.repeat(distance, step.match);
      }
      rawLeft -= step.literals + step.match;
      at = literalsAt + step.literals;
    }
    if (at + endBytes !== payload.length) refuse('a block ends before its last byte');
    if (rawLeft > 0) refuse('a block holds less than it says');
    return true;
  };
  return { run };
}

/** Undefined if the byte begins no instruction. Bytes past the end read as zeros, which the caller notices. */
function readStep(payload: Uint8Array, at: number): Step | undefined {
  const first = payload[at] ?? 0;
  const second = payload[at + 1] ?? 0;
  const third = payload[at + 2] ?? 0;
  if (first >= 0xe0) return readLoneStep(first, second);
  if (first >= 0xa0 && first < 0xc0) {
    return {
      bytes: 3,
      literals: (first >> 3) & 3,
      match: (((first & 7) << 2) | (second & 3)) + 3,
      distance: (second >> 2) | (third << 6),
    };
  }
  if ((first >= 0x70 && first < 0x80) || first >= 0xd0) return undefined;
  const shape = { literals: first >> 6, match: ((first >> 3) & 7) + 3 };
  switch (first & 7) {
    case 7:
      return { ...shape, bytes: 3, distance: second | (third << 8) };
    case 6:
      if (first >= 0x40) return { ...shape, bytes: 1 };
      // Two bytes do nothing; the others are not defined.
      return first === 0x0e || first === 0x16 ? { bytes: 1, literals: 0, match: 0 } : undefined;
    default:
      return { ...shape, bytes: 2, distance: ((first & 7) << 8) | second };
  }
}

/** Literals alone or a match alone: up to 15, or 16 and more by a second byte. */
function readLoneStep(first: number, second: number): Step {
  const short = first & 15;
  const length = short === 0 ? second + 16 : short;
  const bytes = short === 0 ? 2 : 1;
  return first < 0xf0 ? { bytes, literals: length, match: 0 } : { bytes, literals: 0, match: length };
}
