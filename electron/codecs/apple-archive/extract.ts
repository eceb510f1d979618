import { type FileHandle, lstat, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../../files/error-codes.ts';
import { bytesText, refusedArchive } from './archive-errors.ts';
import type { StreamedEntry } from './entries.ts';
import { type OpenedArchive, readArchive } from './open-archive.ts';
import { SafePaths } from './safe-paths.ts';
import { SparseFile } from './sparse-file.ts';

/** What to unpack, and where. */
export interface ExtractWork extends OpenedArchive {
  /** Folder to unpack into; made if it is not there. */
  readonly destination: string;
  /** What all files together may have as their length; holes count, for a guest can fill them. */
  readonly limitBytes?: number | undefined;
  /** How long a file may be; undefined if it is passed over. Any length by default. */
  readonly limitOf?: ((path: string) => number | undefined) | undefined;
  /** Told of plain bytes that went to a file, zeros left out; may throw to stop. */
  readonly onWritten?: ((bytes: number) => Promise<void>) | undefined;
  /** Bytes of the archive that were used, of how many: how much comes out is not known before the end. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** A file that was unpacked. */
interface ExtractedFile {
  /** Below the destination, with slashes. */
  readonly path: string;
  /** Its length. */
  readonly bytes: number;
}

/** What came out of an archive. */
export interface ExtractedArchive {
  readonly files: readonly ExtractedFile[];
  /** Length of all files. */
  readonly bytes: number;
  /** Sockets and notes of the packer, and files that were not wanted, which are left out. */
  readonly skipped: readonly string[];
}

/** A virtual machine has a handful of files, one with saved states and pictures some dozens. */
const maxEntries = 10_000;

/**
 * Unpacks an Apple Archive into a folder: regular files and folders and nothing else, inside that folder and nowhere else,
 * with holes where there are zeros. Whatever goes wrong, what it made is gone again.
 * @throws AppError `image-damaged` if it is cut off or contradicts itself, `image-not-supported` if it is of a kind that
 *   can't be read or would write what it must not; errors of the file system as Node made them; the signal's reason
 */
export async function extractArchive(work: ExtractWork): Promise<ExtractedArchive> {
  work.signal.throwIfAborted();
  const extraction = new Extraction(work);
  try {
    for await (const entry of readArchive(work)) await extraction.take(entry);
    return await extraction.finish();
  } catch (error) {
    await extraction.undo();
    throw error;
  }
}

class Extraction {
  readonly #work: ExtractWork;
  readonly #paths: SafePaths;
  readonly #files: ExtractedFile[] = [];
  readonly #skipped: string[] = [];
  /** Files and folders that were not there before, in the order made. */
  readonly #made: string[] = [];
  readonly #folders = new Set<string>();
  #entries = 0;
  #bytes = 0;

  constructor(work: ExtractWork) {
    this.#work = work;
    this.#paths = new SafePaths(work.source);
  }

  async take(entry: StreamedEntry): Promise<void> {
    this.#work.signal.throwIfAborted();
    if (++this.#entries > maxEntries) throw this.#refuse(`it holds more than ${bytesText(maxEntries)} files`);
    switch (entry.type) {
      case 'file':
        await this.#file(entry);
        return;
      case 'folder':
        // The folder itself may come first, without a name.
        await this.#folder(entry.path === '' ? [] : this.#paths.admit(entry.path, 'folder'));
        return;
      case 'socket':
      case 'metadata':
        this.#skipped.push(entry.path);
        return;
      case 'link':
      case 'hard-link':
        throw this.#refuse(`it holds the link ${quoted(entry.path)} to ${quoted(entry.linkTarget ?? '')}`);
      case 'device':
      case 'fifo':
      case 'whiteout':
      case 'unknown':
        throw this.#refuse(`${quoted(entry.path)} in it is neither a file nor a folder`);
    }
  }

  /** Where files are picked, those above them alone are made. */
  async #folder(names: readonly string[]): Promise<void> {
    if (this.#work.limitOf === undefined) await this.#ensureFolder(names);
  }

  async finish(): Promise<ExtractedArchive> {
    await this.#ensureFolder([]);
    return { files: this.#files, bytes: this.#bytes, skipped: this.#skipped };
  }

  async #file(entry: StreamedEntry): Promise<void> {
    if (entry.isSharedData && !entry.blobs.some(({ key }) => key === 'DAT'))
      throw this.#refuse(`${quoted(entry.path)} in it has the contents of another file`);
    const names = this.#paths.admit(entry.path, 'file');
    const { limitOf = () => Number.MAX_SAFE_INTEGER } = this.#work;
    const limit = limitOf(entry.path);
    if (limit === undefined) {
      this.#skipped.push(entry.path);
      return;
    }
    if (entry.bytes > limit) throw this.#refuse(`${quoted(entry.path)} in it has more than ${bytesText(limit)} bytes`);
    this.#bytes += entry.bytes;
    const { limitBytes = Number.MAX_SAFE_INTEGER } = this.#work;
    if (this.#bytes > limitBytes)
      throw this.#refuse(`its files have more than the ${bytesText(limitBytes)} bytes that are allowed`);
    await this.#ensureFolder(names.slice(0, -1));
    const file = path.join(this.#work.destination, ...names);
    // Never follows a link, never opens what is there.
    const handle = await open(file, 'wx', 0o600);
    try {
      this.#made.push(file);
      await this.#fill(handle, entry);
    } finally {
      await handle.close();
    }
    this.#files.push({ path: entry.path, bytes: entry.bytes });
  }

  async #fill(handle: FileHandle, entry: StreamedEntry): Promise<void> {
    const target = new SparseFile(handle);
    for await (const piece of entry.data()) {
      this.#work.signal.throwIfAborted();
      await target.append(piece);
      if (piece.bytes !== undefined) await this.#work.onWritten?.(piece.length);
    }
    await target.finish();
    if (entry.modifiedMs !== undefined && isDate(entry.modifiedMs))
      await handle.utimes(new Date(), new Date(entry.modifiedMs));
    // A network volume may say only now that it is full.
    await handle.datasync();
  }

  /** Makes the folder of these names below the destination, and those above it. */
  async #ensureFolder(names: readonly string[]): Promise<void> {
    for (let depth = 0; depth <= names.length; depth++) {
      const folder = path.join(this.#work.destination, ...names.slice(0, depth));
      if (this.#folders.has(folder)) continue;
      if (await makeFolder(folder)) this.#made.push(folder);
      // The destination is the caller's, and may be reached through a link; nothing below it may.
      else if (depth > 0 && !(await lstat(folder)).isDirectory())
        throw this.#refuse(`${quoted(names.slice(0, depth).join('/'))} is in the way of a folder`);
      this.#folders.add(folder);
    }
  }

  /** Deletes what was made. Nothing that goes wrong here may hide why. */
  async undo(): Promise<void> {
    const made = new Set(this.#made);
    // What is in a folder that goes as a whole goes with it.
    const outermost = this.#made.filter((item) => !made.has(path.dirname(item)));
    for (const item of outermost) await rm(item, { recursive: true, force: true }).catch(() => undefined);
  }

  #refuse(what: string) {
    return refusedArchive(this.#work.source, what);
  }
}

/** False if something has that name already. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, 0o755);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

/** Whether a time is one that every file system can keep: 1970 to 2100. */
function isDate(timeMs: number): boolean {
  return timeMs >= 0 && timeMs < Date.UTC(2100, 0, 1);
}
