import { CodecError } from '../../codec-error.ts';
import { readFrequencies } from './frequencies.ts';
import {
  distances,
  literalLengths,
  literalsPerBlock,
  literalStates,
  literalSymbols,
  matchesPerBlock,
  matchLengths,
} from './symbols.ts';

/** What the header of an LZFSE block needs to say before its coders can run. */
export interface LzfseHeader {
  readonly kind: 'lzfse';
  readonly headerBytes: number;
  readonly rawBytes: number;
  readonly literalCount: number;
  readonly literalPayloadBytes: number;
  /** -7 to 0: how many bits of the payload's last byte are unused, negated. */
  readonly literalBits: number;
  readonly literalState: readonly [number, number, number, number];
  readonly matchCount: number;
  readonly matchPayloadBytes: number;
  readonly matchBits: number;
  readonly lengthState: number;
  readonly matchState: number;
  readonly distanceState: number;
  readonly lengthFrequencies: Uint16Array;
  readonly matchFrequencies: Uint16Array;
  readonly distanceFrequencies: Uint16Array;
  readonly literalFrequencies: Uint16Array;
}

/** Head of a block. All sizes in bytes. */
export type BlockHeader =
  | { readonly kind: 'end'; readonly headerBytes: number }
  | { readonly kind: 'stored'; readonly headerBytes: number; readonly rawBytes: number }
  | { readonly kind: 'lzvn'; readonly headerBytes: number; readonly rawBytes: number; readonly payloadBytes: number }
  | LzfseHeader;

/** No header is longer. */
export const maxHeaderBytes = 772;

const fixedBytes = { bvx1: 772, bvx2: 32, bvxn: 12, 'bvx-': 8, bvx$: 4 } as const;
const symbolCounts = [
  literalLengths.base.length,
  matchLengths.base.length,
  distances.base.length,
  literalSymbols,
] as const;
const allSymbols = symbolCounts.reduce((sum, count) => sum + count, 0);

/**
 * Reads the header at the start of `bytes`, which holds {@link maxHeaderBytes} or all that is left.
 * @param origin where in the stream `bytes` begins, for errors
 * @throws CodecError
 */
export function readBlockHeader(bytes: Uint8Array, origin: number): BlockHeader {
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4)).toString('latin1');
  if (!isMagic(magic)) {
    if (bytes.length < 4) throw new CodecError('it ends where a block should begin', origin + bytes.length);
    throw new CodecError('no block of LZFSE begins here', origin);
  }
  if (bytes.length < fixedBytes[magic]) throw new CodecError('the head of a block is cut off', origin + bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (magic) {
    case 'bvx$':
      return { kind: 'end', headerBytes: 4 };
    case 'bvx-':
      return { kind: 'stored', headerBytes: 8, rawBytes: view.getUint32(4, true) };
    case 'bvxn':
      return {
        kind: 'lzvn',
        headerBytes: 12,
        rawBytes: view.getUint32(4, true),
        payloadBytes: view.getUint32(8, true),
      };
    case 'bvx1':
      return checked(readFirstVersion(view), origin);
    case 'bvx2':
      return checked(readSecondVersion(view, bytes, origin), origin);
  }
}

function isMagic(text: string): text is keyof typeof fixedBytes {
  return Object.hasOwn(fixedBytes, text);
}

/** `bvx1`: every field by itself, frequencies as 16-bit numbers. */
function readFirstVersion(view: DataView): LzfseHeader {
  const word = (offset: number) => view.getUint32(offset, true);
  const half = (offset: number) => view.getUint16(offset, true);
  const table = Uint16Array.from({ length: allSymbols }, (_, index) => half(50 + 2 * index));
  return {
    kind: 'lzfse',
    headerBytes: fixedBytes.bvx1,
    rawBytes: word(4),
    literalCount: word(12),
    matchCount: word(16),
    literalPayloadBytes: word(20),
    matchPayloadBytes: word(24),
    literalBits: view.getInt32(28, true),
    literalState: [half(32), half(34), half(36), half(38)],
    matchBits: view.getInt32(40, true),
    lengthState: half(44),
    matchState: half(46),
    distanceState: half(48),
    ...splitFrequencies(table),
  };
}

/** `bvx2`: fields packed into three words of 64 bits, frequencies by a prefix code. */
function readSecondVersion(view: DataView, bytes: Uint8Array, origin: number): LzfseHeader {
  const field = (word: number, shift: number, width: number) =>
    Number((view.getBigUint64(8 + 8 * word, true) >> BigInt(shift)) & ((1n << BigInt(width)) - 1n));
  const headerBytes = field(2, 0, 32);
  if (headerBytes < fixedBytes.bvx2 || headerBytes > maxHeaderBytes)
    throw new CodecError('the head of a block has an impossible length', origin + 24);
  if (headerBytes > bytes.length) throw new CodecError('the head of a block is cut off', origin + bytes.length);
  return {
    kind: 'lzfse',
    headerBytes,
    rawBytes: view.getUint32(4, true),
    literalCount: field(0, 0, 20),
    literalPayloadBytes: field(0, 20, 20),
    matchCount: field(0, 40, 20),
    literalBits: field(0, 60, 3) - 7,
    literalState: [field(1, 0, 10), field(1, 10, 10), field(1, 20, 10), field(1, 30, 10)],
    matchPayloadBytes: field(1, 40, 20),
    matchBits: field(1, 60, 3) - 7,
    lengthState: field(2, 32, 10),
    matchState: field(2, 42, 10),
    distanceState: field(2, 52, 10),
    ...splitFrequencies(readFrequencies(bytes, fixedBytes.bvx2, headerBytes, allSymbols, origin)),
  };
}

function splitFrequencies(all: Uint16Array) {
  const [lengths, matches, far] = symbolCounts;
  return {
    lengthFrequencies: all.subarray(0, lengths),
    matchFrequencies: all.subarray(lengths, lengths + matches),
    distanceFrequencies: all.subarray(lengths + matches, lengths + matches + far),
    literalFrequencies: all.subarray(lengths + matches + far),
  };
}

/** A header whose numbers fit together, so that the coders need not ask again. */
function checked(header: LzfseHeader, origin: number): LzfseHeader {
  const refuse = (reason: string): never => {
    throw new CodecError(reason, origin);
  };
  if (header.literalCount > literalsPerBlock || header.literalCount % 4 !== 0)
    refuse('a block has an impossible number of literals');
  if (header.matchCount > matchesPerBlock) refuse('a block has too many matches');
  if (!isBitCount(header.literalBits) || !isBitCount(header.matchBits)) refuse('a block ends between its bits');
  if (header.literalPayloadBytes >= 2 ** 20 || header.matchPayloadBytes >= 2 ** 20) refuse('a block is too long');
  if (header.literalState.some((state) => state >= literalStates)) refuse('a coder begins in no state of its own');
  const coders = [
    [header.lengthState, header.lengthFrequencies, literalLengths.states],
    [header.matchState, header.matchFrequencies, matchLengths.states],
    [header.distanceState, header.distanceFrequencies, distances.states],
    [0, header.literalFrequencies, literalStates],
  ] as const;
  for (const [state, frequencies, states] of coders) {
    if (state >= states) refuse('a coder begins in no state of its own');
    if (frequencies.reduce((sum, frequency) => sum + frequency, 0) !== states)
      refuse('the frequencies of a block do not add up');
  }
  return header;
}

function isBitCount(bits: number): boolean {
  return bits >= -7 && bits <= 0;
}
