import { closeSync, openSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { type Decoder, type DecoderRange, createDecoder, openDisk } from '../native.ts';

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
  dictionary: Uint8Array = new Uint8Array(),
): T {
  using disk = openDisk(file);
  const { fd, directFd } = disk;
  const whole = { fd, directFd, offset: 0, encodedStart: 0, plainStart: 0, writeZeros: false, ...range };
  return use(createDecoder(whole, dictionary));
}

/** Decodes a stream that comes in pieces of these sizes, again and again; the file's bytes afterwards. */
export function decodeToFile(
  file: string,
  stream: Uint8Array,
  plainBytes: number,
  pieces: readonly number[] = [4096],
  offset = 0,
): Buffer {
  withDecoder(file, { plainBytes, offset }, (decoder) => {
    let position = 0;
    for (let index = 0; position < stream.length; index++) {
      const piece = stream.subarray(position, position + Math.max(pieces[index % pieces.length] ?? 1, 1));
      decoder.push(piece, piece.length);
      position += piece.length;
    }
    decoder.finish();
  });
  return readFileSync(file);
}
