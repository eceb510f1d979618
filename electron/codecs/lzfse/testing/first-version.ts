import { readBlockHeader } from './reference/block-header.ts';

/**
 * The same block with a `bvx1` head, which says all that a `bvx2` head says without packing it: no encoder makes them any
 * more, but decoders must know them. `packed` is a stream of one `bvx2` block.
 */
export function asFirstVersion(packed: Buffer): Buffer {
  const header = readBlockHeader(packed.subarray(0, 772), 0);
  if (header.kind !== 'lzfse') throw new Error('The stream does not begin with such a block.');
  const head = Buffer.alloc(772);
  head.write('bvx1', 'latin1');
  const words = [
    header.rawBytes,
    header.literalPayloadBytes + header.matchPayloadBytes,
    header.literalCount,
    header.matchCount,
    header.literalPayloadBytes,
    header.matchPayloadBytes,
  ];
  words.forEach((word, index) => head.writeUInt32LE(word, 4 + 4 * index));
  head.writeInt32LE(header.literalBits, 28);
  head.writeInt32LE(header.matchBits, 40);
  header.literalState.forEach((state, index) => head.writeUInt16LE(state, 32 + 2 * index));
  [header.lengthState, header.matchState, header.distanceState].forEach((state, index) =>
    head.writeUInt16LE(state, 44 + 2 * index),
  );
  [
    ...header.lengthFrequencies,
    ...header.matchFrequencies,
    ...header.distanceFrequencies,
    ...header.literalFrequencies,
  ].forEach((frequency, index) => head.writeUInt16LE(frequency, 50 + 2 * index));
  return Buffer.concat([head, packed.subarray(header.headerBytes)]);
}
