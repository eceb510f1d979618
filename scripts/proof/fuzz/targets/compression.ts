import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unpackLz4 } from '../../../../electron/codecs/apple-archive/lz4.ts';
import { CodecError } from '../../../../electron/codecs/lzfse/codec-error.ts';
import { unpackLzfse } from '../../../../electron/codecs/lzfse/codec.ts';
import { decodeLzfse } from '../../../../electron/codecs/lzfse/testing/reference/decode.ts';
import { decodeToFile, emptyDisk } from '../../../../electron/registry/disk/testing/decode-to-file.ts';
import { type FuzzTarget, type Outcome, outcomeOf, WrongAnswer } from '../target.ts';

/** Seeds begin with the plain length, little-endian, since a stream does not say it in one place. */
const lengthBytes = 4;
/** Of a layer in a registry's image there are 512 MiB; a decoder's mistakes show in far less. */
const maxPlainBytes = 1024 ** 2;

interface Stream {
  readonly packed: Buffer;
  readonly plainBytes: number;
}

function streamOf(bytes: Buffer): Stream | undefined {
  if (bytes.length < lengthBytes) return undefined;
  const plainBytes = bytes.readUInt32LE(0);
  return plainBytes > maxPlainBytes ? undefined : { packed: bytes.subarray(lengthBytes), plainBytes };
}

const isCodecError = (error: unknown): boolean => error instanceof CodecError;

/** What a decoder makes of a stream: its bytes, or undefined where it says that they are damaged. */
async function decoded(
  { packed, plainBytes }: Stream,
  decode: (packed: Buffer, plain: Uint8Array) => void | Promise<void>,
): Promise<Uint8Array | undefined> {
  const plain = new Uint8Array(plainBytes);
  return (await outcomeOf(isCodecError, () => decode(packed, plain))) === 'accepted' ? plain : undefined;
}

function requireSame(fast: Uint8Array | undefined, slow: Uint8Array | undefined): Outcome {
  if ((fast === undefined) !== (slow === undefined))
    throw new WrongAnswer(
      `One decoder takes it, the other does not: native ${fast === undefined ? 'refuses' : 'accepts'}.`,
    );
  if (fast !== undefined && slow !== undefined && Buffer.compare(fast, slow) !== 0)
    throw new WrongAnswer('The decoders differ in bytes.');
  return fast === undefined ? 'refused' : 'accepted';
}

async function lzfse(bytes: Buffer): Promise<Outcome> {
  const stream = streamOf(bytes);
  if (stream === undefined) return 'refused';
  return requireSame(await decoded(stream, unpackLzfse), await decoded(stream, decodeLzfse));
}

/** A folder for the disk that the native decoder writes, gone with the process. */
let scratch: string | undefined;
function scratchFolder(): string {
  if (scratch === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'tatin-fuzz-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    scratch = folder;
  }
  return scratch;
}

const isDamage = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'LZ4_DAMAGED';

async function lz4(bytes: Buffer): Promise<Outcome> {
  const stream = streamOf(bytes);
  // A layer holds something.
  if (stream === undefined || stream.plainBytes === 0) return 'refused';
  let fast: Buffer | undefined;
  const file = emptyDisk(scratchFolder(), stream.plainBytes);
  await outcomeOf(isDamage, () => {
    fast = decodeToFile(file, stream.packed, stream.plainBytes, [1, 11, 4096]);
  });
  return requireSame(fast, await decoded(stream, unpackLz4));
}

/** Decoders of which there are two, a native one and one in TypeScript: they must agree. */
export const compression: readonly FuzzTarget[] = [
  { name: 'lzfse', words: ['bvx2', 'bvx1', 'bvxn', 'bvx-', 'bvx$'], run: lzfse },
  { name: 'lz4', words: ['bv41', 'bv4-', 'bv4$'], run: lz4 },
];
