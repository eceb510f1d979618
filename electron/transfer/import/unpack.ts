import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { AppError } from '../../contract/errors.ts';
import { findProgram } from '../../host/programs.ts';
import { codeOf } from '../../files/error-codes.ts';
import { freeBytes, reserveBytes } from '../../files/space.ts';
import { writeSparsely } from '../../files/sparse.ts';
import type { Packing } from './detect.ts';
import { openPart, type Part } from './door.ts';

/** A packed file that can't be unpacked to its end; `message` is the end of a sentence. */
export class UnpackError extends Error {}

/** Long enough for the partition table and the boot files of most disks. */
const peekBytes = 32 * 1024 ** 2;
/** Pieces that are written at once: streams of zlib give 16 KiB each, which would be a write each. */
const pieceBytes = 1024 ** 2;

/** More than file systems of today hold in a file. */
const maxBytes = 16 * 1024 ** 4;
/** How much is written before it is looked how much room is left. */
const checkedBytes = 16 * 1024 ** 2;

/** Nobody knows before how much comes out. @throws AppError `no-space` if going on would take of the volume's reserve */
async function requireReserve(folder: string): Promise<void> {
  // Until it is looked again, so much more may be taken.
  const wanted = (await reserveBytes(folder)) + checkedBytes;
  if ((await freeBytes(folder)) >= wanted) return;
  throw new AppError('no-space', 'Unpacking stopped before the disk was full: more comes out than there is room for.', {
    hint: 'Delete what you no longer need, or empty the Trash, and try again.',
    retry: true,
  });
}

/**
 * To be told of bytes that were written to a folder, whose volume is looked at now and then.
 * @throws AppError `no-space` if going on would fill it
 */
export function reserveKeeper(folder: string): (bytes: number) => Promise<void> {
  let unchecked = 0;
  return async (bytes) => {
    unchecked += bytes;
    if (unchecked < checkedBytes) return;
    unchecked = 0;
    await requireReserve(folder);
  };
}

/** Programs for what Node can't unpack itself, and the Debian package of each. */
const programs = { xz: 'xz-utils', bzip2: 'bzip2' } as const;

/**
 * The beginning of a packed file says how much memory its unpacking takes, up to 4 GiB with xz and 2 GiB with Zstandard.
 * `xz -9` asks for 64 MiB, and `zstd` for at most 128 MiB unless told otherwise.
 */
const argumentsOf = { xz: ['-dc', '--memlimit-decompress=256MiB'], bzip2: ['-dc'] } as const;
const maxZstdWindowLog = 27;

/** The first bytes of what is packed, at most 32 MiB. @throws UnpackError; AppError `not-supported` if a program is missing */
export async function peekUnpacked(file: Part, packing: Packing, signal: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  const enough = new AbortController();
  const sink = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece);
      length += piece.length;
      if (length >= peekBytes) enough.abort();
      done();
    },
  });
  try {
    await unpack(file, packing, sink, () => undefined, AbortSignal.any([signal, enough.signal]));
  } catch (error) {
    if (!enough.signal.aborted || signal.aborted) throw error;
  }
  return Buffer.concat(pieces).subarray(0, peekBytes);
}

/**
 * Unpacks a file into a new one, with holes where there are zeros. `onBytes` is told how much of the packed file was
 * read.
 * @throws UnpackError; AppError `no-space` with room to spare, `not-supported` if a program is missing; errors of the file
 * system as Node made them
 */
export async function unpackTo(
  file: Part,
  packing: Packing,
  target: string,
  onBytes: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const handle = await open(target, 'wx');
  let written = 0;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const keepReserve = reserveKeeper(path.dirname(target));
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(waiting);
    [waiting, waitingBytes] = [[], 0];
    await writeSparsely(handle, bytes, written);
    written += bytes.length;
    if (written > maxBytes) throw new UnpackError('it unpacks to more than a disk can be');
    await keepReserve(bytes.length);
  };
  const sink = new Writable({
    write(piece: Buffer, _encoding, done) {
      waiting.push(piece);
      waitingBytes += piece.length;
      if (waitingBytes < pieceBytes) done();
      else flush().then(() => done(), done);
    },
    final: (done) => void flush().then(() => done(), done),
  });
  try {
    await unpack(file, packing, sink, onBytes, signal);
    await handle.truncate(written);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function unpack(
  file: Part,
  packing: Packing,
  sink: Writable,
  onBytes: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  await using handle = await openPart(file);
  const { size } = await handle.stat();
  const source = handle.createReadStream({ highWaterMark: pieceBytes, autoClose: false });
  let read = 0;
  source.on('data', (piece) => onBytes((read += piece.length), size));
  source.pause();
  try {
    if (packing === 'gzip') await pipeline(source, createGunzip(), sink, { signal });
    else if (packing === 'zstd')
      await pipeline(
        source,
        createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: maxZstdWindowLog } }),
        sink,
        { signal },
      );
    else await throughProgram(packing, source, sink, signal);
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error) ?? '';
    if (/^(Z_|ZSTD_|ERR_ZLIB|ERR_BUFFER_TOO)/.test(code))
      throw new UnpackError(code === 'Z_BUF_ERROR' ? 'it is cut off' : 'its compression is broken', { cause: error });
    throw error;
  } finally {
    source.destroy();
  }
}

/** A program that unpacks its standard input to its standard output. */
async function throughProgram(
  name: 'xz' | 'bzip2',
  source: Readable,
  sink: Writable,
  signal: AbortSignal,
): Promise<void> {
  const program = await findProgram(name);
  if (program === undefined)
    throw new AppError('not-supported', `It is unpacked by ${name}, which is not installed.`, {
      hint: `Install it (sudo apt-get install ${programs[name]}), or unpack the file first.`,
    });
  // It dies of its broken pipes if we do.
  const child = spawn(program, argumentsOf[name], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ended.catch(() => undefined);
  // That it ends before it has read all is told by its exit code.
  const fed = pipeline(source, child.stdin, { signal }).catch(() => undefined);
  try {
    await pipeline(child.stdout, sink, { signal });
    await fed;
    if ((await ended) !== 0) throw new UnpackError(reasonIn(complaint));
  } finally {
    child.kill('SIGKILL');
  }
}

function reasonIn(complaint: string): string {
  if (/unexpected end|ends unexpectedly/i.test(complaint)) return 'it is cut off';
  return /memory usage limit/i.test(complaint)
    ? 'unpacking it takes more memory than is given to it'
    : 'its compression is broken';
}
