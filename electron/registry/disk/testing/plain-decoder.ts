/** A second reading of the format, straight from its description: slow, plain, and sharing nothing with the native one. */
export function decodePlainly(stream: Uint8Array, limit: number): Buffer {
  const view = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const out: number[] = [];
  let position = 0;
  for (;;) {
    const kind = view.toString('latin1', position, position + 4);
    if (kind === 'bv4$') {
      if (position + 4 !== view.length) throw new Error('bytes follow the end');
      return Buffer.from(out);
    }
    if (kind !== 'bv41' && kind !== 'bv4-') throw new Error('unknown block');
    const plain = view.readUInt32LE(position + 4);
    if (out.length + plain > limit) throw new Error('too much');
    const start = position + (kind === 'bv41' ? 12 : 8);
    const end = start + (kind === 'bv41' ? view.readUInt32LE(position + 8) : plain);
    if (end > view.length) throw new Error('cut off');
    const block = view.subarray(start, end);
    const target = out.length + plain;
    if (kind === 'bv4-') out.push(...block);
    else decodeBlock(block, out, target);
    if (out.length !== target) throw new Error('wrong size');
    position = end;
  }
}

/** An LZ4 block: a token, literals, an offset, a match, and again; the last has only literals. */
function decodeBlock(block: Buffer, out: number[], target: number): void {
  let position = 0;
  const byte = (): number => {
    const value = block[position++];
    if (value === undefined) throw new Error('cut off');
    return value;
  };
  const more = (start: number): number => {
    let length = start;
    if (start === 15) for (let next = 255; next === 255; length += next) next = byte();
    return length;
  };
  while (position < block.length) {
    const token = byte();
    for (let left = more(token >> 4); left > 0; left--) out.push(byte());
    if (position === block.length) return;
    const offset = byte() + byte() * 256;
    if (offset === 0 || offset > out.length) throw new Error('reaches before the start');
    for (let left = more(token & 15) + 4; left > 0; left--) {
      if (out.length >= target) throw new Error('too much');
      out.push(out.at(-offset) ?? 0);
    }
  }
}
