import { type FileHandle, mkdir, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { alignedBuffer } from './direct-io.ts';
import { cloneFile, nextData, nextHole } from './posix.ts';
import { DirectFile } from './direct-file.ts';
import { requireSpace } from './space.ts';
import { type WritableFile, writeSparsely } from './sparse.ts';

/** Large enough that a piece is bound by the disk and not by the call, small enough to stop soon. */
const pieceBytes = 4 * 1024 ** 2;

export interface CopyWork {
  readonly signal: AbortSignal;
  /** Called after every piece; may throw to stop the copy. */
  readonly onBytes: (done: number, total: number) => void;
}

/**
 * Copies a file to a new name: shares its blocks where the file system can, else copies what is neither a hole nor zeros. `what`
 * begins the sentence if the volume has too little room. A copy that fails or is called off leaves a part behind, for
 * the owner of the folder to delete.
 * @throws AppError `no-space` before anything is written, and errors of the file system as Node made them
 */
export async function copyFileSparsely(from: string, to: string, what: string, work: CopyWork): Promise<void> {
  work.signal.throwIfAborted();
  const status = await stat(from);
  if (await cloneFile(from, to)) {
    const total = allocatedBytes(status);
    work.onBytes(total, total);
    return;
  }
  await requireSpace(path.dirname(to), allocatedBytes(status), what);
  const source = await open(from, 'r');
  try {
    await copyData({ source, name: from, mode: status.mode & 0o777 }, to, status, work);
  } finally {
    await source.close();
  }
}

/**
 * {@link copyFileSparsely} of a file that is open and stays so: of that very file, whatever has its name by now. The copy
 * is for its owner alone, since the permissions of somebody else's file say nothing of ours.
 * @param source its handle, and its name for messages
 */
export async function copyOpenFile(
  source: { readonly handle: FileHandle; readonly name: string },
  to: string,
  what: string,
  work: CopyWork,
): Promise<void> {
  work.signal.throwIfAborted();
  const status = await source.handle.stat();
  if (await cloneFile(source.handle.fd, to)) {
    const total = allocatedBytes(status);
    work.onBytes(total, total);
    return;
  }
  await requireSpace(path.dirname(to), allocatedBytes(status), what);
  await copyData({ source: source.handle, name: source.name, mode: 0o600 }, to, status, work);
}

const allocatedBytes = ({ size, blocks }: { size: number; blocks: number }): number => Math.min(size, blocks * 512);

async function copyData(
  { source, name, mode }: { source: FileHandle; name: string; mode: number },
  to: string,
  status: { size: number; blocks: number },
  work: CopyWork,
): Promise<void> {
  const { size } = status;
  const total = allocatedBytes(status);
  const target = await open(to, 'wx', mode);
  try {
    await target.truncate(size);
    let done = 0;
    const counting = (bytes: number): void => work.onBytes((done += bytes), Math.max(done, total));
    using past = new DirectFile(target, to);
    await copyRange({ source, target: past, from: 0, to: size, name }, { signal: work.signal, onBytes: counting });
    await requireLength(source, size, name);
    // A network volume may say only now that it is full.
    await target.datasync();
  } finally {
    await target.close();
  }
}

/** A part of a file, and the file of at least that length that it goes to, where there are zeros at its place. */
export interface CopiedRange {
  readonly source: FileHandle;
  readonly target: WritableFile;
  readonly from: number;
  /** The offset behind it, at most the length of the source. */
  readonly to: number;
  /** Of the source, for messages. */
  readonly name: string;
}

/**
 * Copies what is neither a hole nor zeros in a part of a file to the same place of another. `onBytes` is told of each
 * piece how long it is. @throws AppError `file-not-found` if the source ends before `to`, and as Node's functions do
 */
export async function copyRange(
  { source, target, from, to, name }: CopiedRange,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<void> {
  signal.throwIfAborted();
  const pieces = new PiecesInFlight(Math.min(pieceBytes, to - from), (bytes) => {
    onBytes(bytes);
    signal.throwIfAborted();
  });
  try {
    for (let offset = nextData(source.fd, from); offset !== -1 && offset < to; offset = nextData(source.fd, offset)) {
      const hole = nextHole(source.fd, offset);
      const end = hole === -1 ? to : Math.min(hole, to);
      while (offset < end) {
        const piece = await pieces.free();
        const { bytesRead } = await source.read(piece.buffer, 0, Math.min(piece.buffer.length, end - offset), offset);
        if (bytesRead === 0) throw endedEarly(name);
        piece.empty(writeSparsely(target, piece.buffer.subarray(0, bytesRead), offset), bytesRead);
        offset += bytesRead;
      }
    }
    await pieces.all();
  } finally {
    // Whatever went wrong, nothing may still write when the file is closed.
    await pieces.settled();
  }
}

/** One is read while the others are written: a drive is fast only if it has several things to do. */
const maxPieces = 4;

class PiecesInFlight {
  readonly #pieceBytes: number;
  readonly #onBytes: (bytes: number) => void;
  readonly #writing: { readonly buffer: Buffer; readonly written: Promise<number> }[] = [];

  constructor(bytes: number, onBytes: (bytes: number) => void) {
    this.#pieceBytes = bytes;
    this.#onBytes = onBytes;
  }

  /** Memory that nobody uses, and what to call when it is on its way. */
  async free(): Promise<{ buffer: Buffer; empty: (writing: Promise<void>, bytes: number) => void }> {
    const buffer = this.#writing.length < maxPieces ? alignedBuffer(this.#pieceBytes) : await this.#oldest();
    const empty = (writing: Promise<void>, bytes: number): void => {
      const written = writing.then(() => bytes);
      // Its failure is heard when its turn comes.
      written.catch(() => undefined);
      this.#writing.push({ buffer, written });
    };
    return { buffer, empty };
  }

  async all(): Promise<void> {
    while (this.#writing.length > 0) await this.#oldest();
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#writing.map(({ written }) => written));
  }

  async #oldest(): Promise<Buffer> {
    const [first] = this.#writing;
    if (first === undefined) return alignedBuffer(this.#pieceBytes);
    this.#onBytes(await first.written);
    this.#writing.shift();
    return first.buffer;
  }
}

/** A file that has become shorter has no data there, as if it ended in a hole. @throws AppError `file-not-found` */
export async function requireLength(source: FileHandle, size: number, name: string): Promise<void> {
  if ((await source.stat()).size < size) throw endedEarly(name);
}

function endedEarly(name: string): AppError {
  return new AppError('file-not-found', `${name} ended before all of it was read.`, {
    hint: 'Its drive may have been disconnected, or another program changes it.',
    retry: true,
  });
}

/** The same for a folder of files, e.g. a saved state. */
export async function copyFolderSparsely(from: string, to: string, what: string, work: CopyWork): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await copyFolderSparsely(source, target, what, work);
    else if (entry.isFile()) await copyFileSparsely(source, target, what, work);
  }
}
