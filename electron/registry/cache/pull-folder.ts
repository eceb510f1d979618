import {
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openToWriteSync, readBoundedSync, RefusedFile } from '../../files/bounded-file.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';
import { FolderLock } from '../../files/locks.ts';
import { reserveBytes } from '../../files/space.ts';
import { type DiskFile, openDisk } from '../disk/native.ts';
import { type LayerState, printDone, readLines } from '../disk/journal-lines.ts';

const journalFile = 'journal';
const imageFolder = 'image';
/** Its lines have less than 100 bytes, and there is one for some MiB of a disk. */
const maxJournalBytes = 64 * 1024 ** 2;

/** Of the reserve, for what the file system notes of what is written, and the small files that come last. */
const partForFileSystem = 1 / 16;

/**
 * Where pulls are put together. Not in `tmp/`, which every Tart command sweeps as soon as nobody holds a lock there, as
 * after a kill; in the cache, where Tart looks only into the folders that it knows, and on the volume that the image
 * ends up on.
 */
function pullsFolder(home: Home): string {
  return path.join(home.cache, 'Tatin', 'pulls');
}

/** The folder of the pull of an image, wherever it comes from: what one registry began, another can go on with. */
export function pullFolderOf(home: Home, digest: string): string {
  return path.join(pullsFolder(home), digest.replace(/^sha256:/, ''));
}

/** What was kept of a pull that was cut off. */
export interface UnfinishedPull {
  readonly folder: string;
  /** Of the image's manifest. */
  readonly digest: string;
  readonly allocatedBytes: number;
  readonly changedAt: Date;
  /** Somebody works on it. */
  readonly isBusy: boolean;
}

/** Pulls that were begun and not finished. To delete one, hold its folder's `flock` and remove it. */
export function unfinishedPulls(home: Home): UnfinishedPull[] {
  return namesIn(pullsFolder(home)).flatMap((name) => {
    const folder = path.join(pullsFolder(home), name);
    const status = statSync(folder, { throwIfNoEntry: false });
    if (status?.isDirectory() !== true || !/^[0-9a-f]{64}$/.test(name)) return [];
    const files = [folder, path.join(folder, imageFolder)].flatMap((at) =>
      namesIn(at).map((leaf) => path.join(at, leaf)),
    );
    const found = files.flatMap((file) => statSync(file, { throwIfNoEntry: false }) ?? []);
    const allocatedBytes = found.reduce((sum, { blocks }) => sum + blocks * 512, 0);
    const changedAt = new Date(Math.max(status.mtimeMs, ...found.map(({ mtimeMs }) => mtimeMs)));
    return { folder, digest: `sha256:${name}`, allocatedBytes, changedAt, isBusy: isBusy(folder) };
  });
}

function isBusy(folder: string): boolean {
  try {
    using lock = FolderLock.tryAcquire(folder);
    return lock === undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** How the layers of a pull that was cut off stand, without touching it. */
export function journalOf(home: Home, digest: string): Map<number, LayerState> {
  return readJournal(pullFolderOf(home, digest));
}

function readJournal(folder: string): Map<number, LayerState> {
  try {
    return readLines(readBoundedSync(path.join(folder, journalFile), maxJournalBytes).toString('utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') || error instanceof RefusedFile) return new Map();
    throw error;
  }
}

/**
 * The image on its way: a disk of its full length, and a journal of what of it is there. Locked while it is open, so two
 * pulls of one image wait for each other, and nothing of it is deleted. Closing keeps it; {@link discard} does not.
 */
export class PullFolder implements Disposable {
  readonly folder: string;
  /** What will be moved into the cache. */
  readonly image: string;
  /** How layers stood when it was opened. */
  readonly states: ReadonlyMap<number, LayerState>;
  readonly disk: DiskFile & Disposable;
  readonly journalFd: number;
  readonly #lock: FolderLock;

  private constructor(
    folder: string,
    lock: FolderLock,
    states: ReadonlyMap<number, LayerState>,
    keepFreeBytes: number,
  ) {
    this.folder = folder;
    this.image = path.join(folder, imageFolder);
    this.states = states;
    this.#lock = lock;
    this.disk = openDisk(this.diskFile, keepFreeBytes);
    const journal = path.join(folder, journalFile);
    // What is none can't be written to, and nothing of it counts.
    if (lstatSync(journal, { throwIfNoEntry: false })?.isFile() === false)
      rmSync(journal, { recursive: true, force: true });
    this.journalFd = openToWriteSync(journal, 0o600);
  }

  /**
   * Opens the folder of a pull, making it where there is none. `prepare` may give a new pull's disk a start (a clone of
   * a similar one), and does so again with `anew`, whatever is there. `onWait` is called once if another pull of the
   * image is at work.
   */
  static async open(
    home: Home,
    digest: string,
    diskBytes: number,
    options: { signal: AbortSignal; onWait: () => void; prepare: (disk: string) => Promise<void>; anew?: boolean },
  ): Promise<PullFolder> {
    const folder = pullFolderOf(home, digest);
    const lock = await lockPull(folder, options.signal, options.onWait);
    try {
      const image = path.join(folder, imageFolder);
      const disk = path.join(image, tartFiles.disk);
      await mkdir(image, { recursive: true });
      // A journal without its disk, or a disk of another length, is none of ours.
      if (options.anew === true || statSync(disk, { throwIfNoEntry: false })?.size !== diskBytes)
        await begin(folder, disk, diskBytes, options.prepare);
      const keepFreeBytes = Math.ceil((await reserveBytes(folder)) * (1 + partForFileSystem));
      return new PullFolder(folder, lock, readJournal(folder), keepFreeBytes);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Notes that a layer is whole. */
  note(layer: number): void {
    writeSync(this.journalFd, printDone(layer));
  }

  /** Puts a small file of the image beside its disk, for good. */
  write(leaf: string, bytes: Uint8Array): void {
    writeFileSync(path.join(this.image, leaf), bytes, { flush: true });
  }

  get diskFile(): string {
    return path.join(this.image, tartFiles.disk);
  }

  /** What the disk takes already. */
  allocatedBytes(): number {
    return fstatSync(this.disk.fd).blocks * 512;
  }

  /** Makes the disk last through a power cut. */
  flush(): void {
    fsyncSync(this.disk.fd);
  }

  /** Deletes what is left, after the image was moved away or is not wanted. */
  async discard(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    closeSync(this.journalFd);
    this.disk[Symbol.dispose]();
    this.#lock.release();
  }
}

/** The disk gets its name last: a kill before leaves a folder that is begun anew. */
async function begin(
  folder: string,
  disk: string,
  diskBytes: number,
  prepare: (disk: string) => Promise<void>,
): Promise<void> {
  await rm(disk, { force: true });
  await rm(path.join(folder, journalFile), { force: true });
  const fresh = `${disk}.new`;
  await rm(fresh, { force: true });
  await prepare(fresh);
  const handle = await open(fresh, 'a');
  try {
    await handle.truncate(diskBytes);
  } finally {
    await handle.close();
  }
  await rename(fresh, disk);
}

async function lockPull(folder: string, signal: AbortSignal, onWait: () => void): Promise<FolderLock> {
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    await mkdir(folder, { recursive: true });
    const lock = tryLock(folder);
    if (lock !== undefined) return lock;
    if (!told) onWait();
    told = true;
    // Nothing tells when a flock is free but asking; the other pull takes minutes.
    await delay(100, undefined, { signal });
  }
}

/** Undefined if somebody has it, or if it was finished and deleted between two lines. */
function tryLock(folder: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
