import { BlockWriter } from './block-writer.ts';
import { LzvnWriter } from './lzvn-writer.ts';
import { findMatches } from './match-finder.ts';

/** Below this the tables of an LZFSE block cost more than they save; as in Apple's own encoder. */
const lzvnBelowBytes = 4096;
const endMark = Buffer.from('bvx$');

/**
 * Encodes into an LZFSE stream: LZVN where there is little, else `bvx2` blocks, or as it is where nothing can be saved. The
 * slow and plain form of what `native/codec` does, which makes no LZVN.
 */
export function encodeLzfse(plain: Uint8Array): Uint8Array {
  const blocks = plain.length < lzvnBelowBytes ? [lzvnBlock(plain)] : lzfseBlocks(plain);
  const bytes = blocks.reduce((sum, block) => sum + block.length, 0);
  return Buffer.concat([...(bytes < plain.length + 8 ? blocks : storedBlocks(plain)), endMark]);
}

function lzfseBlocks(plain: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const writer = new BlockWriter((block) => blocks.push(block));
  findMatches(plain, (from, literals, match, distance) =>
    writer.add(plain.subarray(from, from + literals), match, distance),
  );
  writer.flush();
  return blocks;
}

function lzvnBlock(plain: Uint8Array): Uint8Array {
  const writer = new LzvnWriter();
  findMatches(plain, (from, literals, match, distance) =>
    writer.add(plain.subarray(from, from + literals), match, distance),
  );
  const payload = writer.finish();
  const head = Buffer.alloc(12);
  head.write('bvxn', 'latin1');
  head.writeUInt32LE(plain.length, 4);
  head.writeUInt32LE(payload.length, 8);
  return Buffer.concat([head, payload]);
}

function storedBlocks(plain: Uint8Array): Uint8Array[] {
  if (plain.length === 0) return [];
  const head = Buffer.alloc(8);
  head.write('bvx-', 'latin1');
  head.writeUInt32LE(plain.length, 4);
  return [head, plain];
}
