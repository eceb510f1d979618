import { closeSync, openSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { lendMemory } from '../lent-memory.ts';
import { type Decoder, type DecoderRange, createDecoder, decoderMemoryBytes, openDisk } from '../native.ts';

/** A disk for one test, in a folder that is there. */
export function emptyDisk(folder: string, bytes: number, name = 'disk.img'): string {
  const file = path.join(folder, name);
  closeSync(openSync(file, 'w'));
  truncateSync(file, bytes);
  return file;
}

/** Opens a decoder of a whole layer that begins at `offset` of a file, and gives it to `use`. */
export function withDecoder<T>(
  file: string,
  range: Partial<DecoderRange> & { plainBytes: number },
  use: (decoder: Decoder) => T,
  memory: Uint8Array,
  dictionary: Uint8Array = new Uint8Array(),
): T {
  using disk = openDisk(file, 0);
  const { fd, directFd, keepFreeBytes } = disk;
  const whole = { fd, directFd, keepFreeBytes, offset: 0, encodedStart: 0, plainStart: 0, writeZeros: false, ...range };
  const decoder = createDecoder(whole, memory, dictionary);
  try {
    return use(decoder);
  } finally {
    decoder.close();
  }
}

/**
 * Decodes a stream that comes in pieces of these sizes, again and again; the file's bytes afterwards. Fails if the plain
 * bytes that it was told of are others.
 */
export function decodeToFile(
  file: string,
  stream: Uint8Array,
  plainBytes: number,
  pieces: readonly number[] = [4096],
  offset = 0,
): Buffer {
  using memory = lendMemory(decoderMemoryBytes());
  const told: Buffer[] = [];
  const onPlain = (start: number, length: number): void =>
    void told.push(Buffer.from(memory.bytes.subarray(start, start + length)));
  withDecoder(
    file,
    { plainBytes, offset },
    (decoder) => {
      let position = 0;
      for (let index = 0; position < stream.length; index++) {
        const piece = stream.subarray(position, position + Math.max(pieces[index % pieces.length] ?? 1, 1));
        decoder.push(piece, piece.length, onPlain);
        position += piece.length;
      }
      decoder.finish(onPlain);
    },
    memory.bytes,
  );
  const made = readFileSync(file);
  expect(Buffer.concat(told).equals(made.subarray(offset, offset + plainBytes))).toBe(true);
  return made;
}
