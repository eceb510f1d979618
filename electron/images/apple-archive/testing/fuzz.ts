import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../../contract/errors.ts';
import { CodecError } from '../../lzfse/codec-error.ts';
import { unpackLzfse } from '../../lzfse/codec.ts';
import { decodeLzfse } from '../../lzfse/decode.ts';
import { encodeLzfse } from '../../lzfse/encode.ts';
import { damaged, numbersFrom } from '../../lzfse/testing/damage.ts';
import { asFirstVersion } from '../../lzfse/testing/first-version.ts';
import { vectorNamed } from '../../lzfse/testing/vectors.ts';
import { extractArchive } from '../extract.ts';
import { listArchive } from '../peek.ts';
import { archiveOf, containerOf, entry, file, textField, uintField } from './build-archive.ts';
import { fixture, Scratch } from './scratch.ts';

/** How a damaged input was taken. */
export type Outcome = 'refused' | 'accepted';

/** Runs one case; the same number is the same case. Throws if what comes of it is neither a result nor a clear error. */
export type Fuzzer = (number: number) => Promise<Outcome>;

interface Stream {
  readonly packed: Uint8Array;
  readonly plainBytes: number;
}

/** Every so many streams the decoder in TypeScript is asked too. */
const comparedEvery = 8;

/** Damages LZFSE streams, and what is said about their length. */
export function streamFuzzer(seed: number): Fuzzer {
  const streams = seedStreams();
  return async (number) => {
    const next = numbersFrom(seed ^ Math.imul(number, 0x9e3779b1));
    const { packed, plainBytes } = streams[next(streams.length)] ?? missing();
    const stream = damaged(packed, next);
    const said = next(4) > 0 ? plainBytes : next(plainBytes + 100);
    const plain = new Uint8Array(said);
    const fast = await damageOf(() => unpackLzfse(stream, plain));
    if (number % comparedEvery === 0) {
      const reference = new Uint8Array(said);
      const slow = await damageOf(() => decodeLzfse(stream, reference));
      if (fast !== slow) throw new Error(`The decoders differ: ${fast ?? 'nothing'} and ${slow ?? 'nothing'}.`);
      if (fast === undefined && Buffer.compare(plain, reference) !== 0)
        throw new Error('The decoders differ in bytes.');
    }
    return fast === undefined ? 'accepted' : 'refused';
  };
}

async function damageOf(decode: () => void | Promise<void>): Promise<string | undefined> {
  try {
    await decode();
    return undefined;
  } catch (error) {
    if (error instanceof CodecError) return error.message;
    throw error;
  }
}

function seedStreams(): Stream[] {
  const named = ['tiny', 'lzvn-short', 'zeros'].map(vectorNamed);
  const zeros = vectorNamed('zeros');
  const text = Buffer.from(Array.from({ length: 400 }, (_, index) => `line ${index ** 3} of ${index % 17}\n`).join(''));
  return [
    ...named,
    { packed: asFirstVersion(zeros.packed), plainBytes: zeros.plainBytes },
    { packed: encodeLzfse(text), plainBytes: text.length },
    { packed: encodeLzfse(text.subarray(0, 900)), plainBytes: 900 },
  ];
}

/**
 * Damages archives of every compression, and unpacks or lists them. Whatever they hold, nothing may appear outside of the
 * destination, and nothing may be left there after an error.
 */
export function archiveFuzzer(seed: number): Fuzzer & Disposable {
  const scratch = new Scratch();
  const archives = seedArchives();
  const source = path.join(scratch.folder, 'made.aar');
  const run: Fuzzer = async (number) => {
    const next = numbersFrom(seed ^ Math.imul(number, 0x85ebca6b));
    writeFileSync(source, damaged(archives[next(archives.length)] ?? missing(), next));
    const { signal } = new AbortController();
    const attempt =
      next(3) === 0
        ? listArchive({ source, signal })
        : extractArchive({ source, destination: scratch.out, limitBytes: 1e7, signal });
    const error: unknown = await attempt.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error !== undefined && !(error instanceof AppError) && !isNameRefusal(error))
      throw new Error('It failed without a clear error.', { cause: error });
    const left = (await readdir(scratch.folder)).filter((name) => name !== 'made.aar');
    if (left.some((name) => name !== 'out') || (error !== undefined && left.length > 0))
      throw new Error(`There is ${left.join(' and ')} where nothing should be.`);
    rmSync(scratch.out, { recursive: true, force: true });
    return error === undefined ? 'accepted' : 'refused';
  };
  return Object.assign(run, { [Symbol.dispose]: () => scratch[Symbol.dispose]() });
}

/** The file system has rules of its own for names. */
function isNameRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EINVAL', 'EILSEQ', 'ENAMETOOLONG'].includes(String(error.code));
}

function seedArchives(): Buffer[] {
  const odd = archiveOf(
    entry('D', ''),
    entry('D', 'content', uintField('MOD', 0o755, 2)),
    file('content/a', 'x'.repeat(300)),
    file('config.json', '{}'),
    entry('L', 'l', textField('LNK', 'config.json')),
    entry('S', 'control.sock'),
  );
  const fixtures = ['plain', 'stored', 'deflate', 'zlib', 'lz4', 'lzma'].map((name) =>
    readFileSync(fixture(`${name}.aar`)),
  );
  const packed = encodeLzfse(odd);
  return [odd, ...fixtures, containerOf('e', 4096, { plainBytes: odd.length, packed })];
}

function missing(): never {
  throw new Error('There is nothing to damage.');
}
