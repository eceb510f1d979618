import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../contract/errors.ts';
import { codeOf, hasCode } from '../../files/error-codes.ts';
import { leafOf, openPart, type Part, pathOf } from './door.ts';

/** Where a file is sampled: at its ends and at as many places between, evenly. */
const samplePlaces = 64;
const sampleBytes = 16 * 1024;

/**
 * A name for what is in a file, to be had in a moment: of its length, the time of its last change to the nanosecond, and
 * samples of its bytes. Not of its path or its inode: a drive that is connected again may be at another place, and FAT
 * gives its files new inodes each time.
 */
export async function fingerprint(part: Part): Promise<string> {
  await using handle = await openPart(part);
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  const hash = createHash('sha256').update(`${size} ${mtimeNs}`);
  const buffer = Buffer.alloc(sampleBytes);
  const last = Math.max(0, Number(size) - sampleBytes);
  for (let place = 0; place < samplePlaces; place++) {
    const { bytesRead } = await handle.read(buffer, 0, sampleBytes, Math.floor((last * place) / (samplePlaces - 1)));
    hash.update(buffer.subarray(0, bytesRead));
  }
  return hash.digest('hex');
}

/**
 * Runs work that reads files which are not ours, and makes sure that they stayed as they were until its end: of one that
 * changed, ended early or whose drive went away, that is what is said, whatever came of it.
 * @throws AppError `file-not-found` with which file and what became of it, and what `work` throws where they are well
 */
export async function withSteadyFiles<T>(files: readonly Part[], work: () => Promise<T>): Promise<T> {
  await using held = await HeldFiles.open(files);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'cancelled') throw error;
    throw (await held.trouble(error)) ?? error;
  }
  const trouble = await held.trouble(undefined);
  if (trouble !== undefined) throw trouble;
  return result;
}

interface HeldFile {
  readonly part: Part;
  readonly handle: FileHandle;
  readonly stamp: string;
}

/** Open all the while: what is deleted or on a drive that was unmounted lazily can still be read to its end. */
class HeldFiles implements AsyncDisposable {
  readonly #files: HeldFile[] = [];

  static async open(parts: readonly Part[]): Promise<HeldFiles> {
    const held = new HeldFiles();
    let last: Part | undefined;
    try {
      for (const part of new Map(parts.map((one) => [pathOf(one), one])).values()) {
        last = part;
        const handle = await openPart(part);
        held.#files.push({ part, handle, stamp: '' });
        held.#files[held.#files.length - 1] = { part, handle, stamp: await stampOf(handle) };
      }
      return held;
    } catch (error) {
      await held[Symbol.asyncDispose]();
      throw hasCode(error, 'ENOENT', 'EIO', 'ESTALE', 'ENOTCONN') ? goneOf(last, error) : error;
    }
  }

  /** What became of one of them, if something did. */
  async trouble(error: unknown): Promise<AppError | undefined> {
    for (const { part, handle, stamp } of this.#files) {
      const now = await stampOf(handle).catch(() => undefined);
      if (now === undefined) return goneOf(part, error);
      if (now !== stamp) return changedOf(part, error);
      if (error === undefined) continue;
      // The work may open it by its path again, and so it must still be there.
      const isThere = await readsStill(part);
      if (!isThere || isReadError(error)) return goneOf(part, error);
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { handle } of this.#files) await handle.close().catch(() => undefined);
  }
}

async function stampOf(handle: FileHandle): Promise<string> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  return `${size} ${mtimeNs}`;
}

async function readsStill(part: Part): Promise<boolean> {
  try {
    // One that is being moved has a second name by now.
    await using handle = await openPart({ ...part, isChosen: true });
    await handle.read(Buffer.alloc(1), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** An error of a drive while it was read; while something was written, it is that of the home's. */
function isReadError(error: unknown): boolean {
  const isRead = error instanceof Error && 'syscall' in error && error.syscall === 'read';
  return isRead && /^(EIO|ENXIO|ENODEV|ESTALE|ENOTCONN|ETIMEDOUT|EHOSTDOWN)$/.test(codeOf(error) ?? '');
}

function goneOf(part: Part | undefined, cause: unknown): AppError {
  const file = part === undefined ? '' : pathOf(part);
  return new AppError('file-not-found', `${part === undefined ? 'The file' : leafOf(part)} can’t be read any more.`, {
    hint: 'It was moved or deleted, or its drive was disconnected. Put it back and try again.',
    details: cause instanceof Error ? `${file}: ${cause.message}` : file,
    retry: true,
    cause,
  });
}

function changedOf(part: Part, cause: unknown): AppError {
  return new AppError('file-not-found', `${leafOf(part)} was changed while it was imported.`, {
    hint: 'Close whatever writes to it, e.g. a download or the program that it belongs to, and try again.',
    retry: true,
    cause,
  });
}
