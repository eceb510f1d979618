import { promisify } from 'node:util';
import { inflate, inflateRaw } from 'node:zlib';
import xz from 'xz-decompress';
import { CodecError } from '../lzfse/codec-error.ts';
import { unpackLzfse } from '../lzfse/codec.ts';
import { unpackLz4 } from './lz4.ts';

/** How the blocks of an archive are compressed. */
export type Compression = 'none' | 'lzfse' | 'lz4' | 'lzma' | 'zlib';

/** By the fourth byte of an archive, `pbze` and so on. */
export const compressionByLetter: Readonly<Record<string, Compression>> = {
  '-': 'none',
  e: 'lzfse',
  '4': 'lz4',
  x: 'lzma',
  z: 'zlib',
};

/**
 * Unpacks one block into `plain`, which must be exactly as long as the block says.
 * @throws CodecError if it is damaged, or holds more or less
 */
export async function unpackBlock(compression: Compression, packed: Buffer, plain: Buffer): Promise<void> {
  switch (compression) {
    case 'none':
      throw new CodecError('a block of an archive without compression is compressed', 0);
    case 'lzfse':
      await unpackLzfse(packed, plain);
      return;
    case 'lz4':
      unpackLz4(packed, plain);
      return;
    case 'zlib':
      await unpackZlib(packed, plain);
      return;
    case 'lzma':
      await unpackLzma(packed, plain);
      return;
  }
}

const unwrap = { zlib: promisify(inflate), raw: promisify(inflateRaw) };

/** Apple's "zlib" is bare deflate (RFC 1951); other packers put the head and sum of RFC 1950 around it. */
async function unpackZlib(packed: Buffer, plain: Buffer): Promise<void> {
  const options = { maxOutputLength: Math.max(plain.length, 1) };
  const isWrapped = packed.length >= 2 && packed.readUInt16BE(0) % 31 === 0 && ((packed[0] ?? 0) & 15) === 8;
  const unpacked = await unwrap[isWrapped ? 'zlib' : 'raw'](packed, options)
    .catch((error: unknown) => (isWrapped ? unwrap.raw(packed, options) : Promise.reject(toError(error))))
    .catch((error: unknown) => {
      throw new CodecError(`zlib can't read it (${toError(error).message})`, 0);
    });
  if (unpacked.length !== plain.length) throw new CodecError('it holds less than was said', packed.length);
  unpacked.copy(plain);
}

/** Apple's "LZMA" is a whole .xz file. */
async function unpackLzma(packed: Buffer, plain: Buffer): Promise<void> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(packed);
      controller.close();
    },
  });
  let done = 0;
  try {
    for await (const piece of new xz.XzReadableStream(source)) {
      if (piece.length > plain.length - done) throw new CodecError('it holds more than was said', 0);
      plain.set(piece, done);
      done += piece.length;
    }
  } catch (error) {
    if (error instanceof CodecError) throw error;
    // The library passes on numbers of the decoder that it is made of (xz_ret of XZ Embedded).
    const number = /error code (\d+)/.exec(toError(error).message)?.[1] ?? '';
    throw new CodecError(xzReasons[number] ?? `xz can't read it (${toError(error).message})`, 0);
  }
  if (done < plain.length) throw new CodecError('it holds less than was said', packed.length);
}

const xzReasons: Readonly<Record<string, string>> = {
  '4': 'its dictionary does not fit into memory',
  '5': 'no .xz file begins here',
  '6': 'it uses options of xz that are not known here',
  '7': 'its sums do not match, or it contradicts itself',
  '8': 'it is cut off',
};

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
