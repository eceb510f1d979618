import { randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { renameNoReplace } from '../files/posix.ts';
import { hasCode } from '../files/error-codes.ts';
import { type Home, vmExists } from './home.ts';
import { tartFiles } from './layout.ts';
import { FolderLock } from '../files/locks.ts';
import { makePrivate } from './private-files.ts';

/**
 * A folder in `tmp/` where something is built aside. It is `flock`ed while in use, which is how Tart, and we, know that
 * an entry there is not a leftover. Disposing of it deletes it, unless it was moved into place.
 */
export class Staging implements AsyncDisposable {
  readonly folder: string;
  readonly #lock: FolderLock;
  #placed = false;

  private constructor(folder: string, lock: FolderLock) {
    this.folder = folder;
    this.#lock = lock;
  }

  static async make(home: Home): Promise<Staging> {
    await home.prepare();
    for (;;) {
      const folder = path.join(home.tmp, randomUUID().toUpperCase());
      await mkdir(folder, { mode: 0o700 });
      const lock = tryLock(folder);
      if (lock !== undefined) return new Staging(folder, lock);
      // A sweep came between the two lines, and has it deleted by now or will.
    }
  }

  /** Puts the folder where it belongs. The caller holds the home lock. @throws AppError `vm-exists`, `not-supported` */
  async moveTo(target: string): Promise<void> {
    await makePrivate(this.folder);
    await renameOrRefuse(this.folder, target);
    this.#placed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#placed) await rm(this.folder, { recursive: true, force: true });
    } finally {
      this.#lock.release();
    }
  }
}

/** The lock of an entry in `tmp/`; undefined if somebody else has it or it is gone. */
function tryLock(entry: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(entry);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Moves a folder to a name that is free, in one step, and never over something else. The caller holds the home lock (or
 * has reserved the name in another way), which keeps two Tatins apart on a file system that can't refuse by itself.
 * @throws AppError `vm-exists`, `not-supported` if the two are on different volumes
 */
export async function renameOrRefuse(from: string, to: string): Promise<void> {
  try {
    const outcome = renameNoReplace(from, to);
    if (outcome === 'done') return;
    if (outcome === 'exists' && !isSameEntry(from, to)) throw vmExists(path.basename(to));
    if (outcome === 'unsupported' && existsHere(to)) throw vmExists(path.basename(to));
    await rename(from, to);
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error;
    throw new AppError('not-supported', `${path.dirname(to)} is on another volume than ${path.dirname(from)}.`, {
      hint: 'Put the whole home on one volume and set TART_HOME to it.',
      cause: error,
    });
  }
}

/** On a file system that ignores case, `VM` and `vm` are one folder, and renaming one to the other is no replacement. */
function isSameEntry(from: string, to: string): boolean {
  const [a, b] = [lstatSync(from, { throwIfNoEntry: false }), lstatSync(to, { throwIfNoEntry: false })];
  return a !== undefined && a.dev === b?.dev && a.ino === b.ino && from.toLowerCase() === to.toLowerCase();
}

function existsHere(entry: string): boolean {
  return lstatSync(entry, { throwIfNoEntry: false }) !== undefined;
}

/** A pull of Tart that was cut off is named by a hash of its image, and the same pull can go on from it. */
const resumablePull = /^[0-9a-f]{32}$/;
const keepPullMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Deletes leftovers in `tmp/` as each Tart command does: every entry that can be `flock`ed, since whoever is still at
 * work holds the lock. Unlike Tart, half a pull is kept for a week: somebody waited for it.
 */
export async function sweepTemporary(home: Home): Promise<void> {
  const names = await readdir(home.tmp).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const name of names) await sweepEntry(path.join(home.tmp, name), resumablePull.test(name));
}

async function sweepEntry(entry: string, isPull: boolean): Promise<void> {
  try {
    if (isPull && Date.now() - (await lastWrite(entry)) < keepPullMs) return;
    // A link is judged and deleted as itself; what it leads to is not ours.
    if ((await lstat(entry)).isSymbolicLink()) return;
    using lock = tryLock(entry);
    if (lock !== undefined) await rm(entry, { recursive: true, force: true });
  } catch (error) {
    // Somebody else's file that we may not open or delete, or one that went meanwhile, is none of our business.
    if (!hasCode(error, 'ENOENT', 'EACCES', 'EPERM', 'EBUSY', 'ENXIO', 'ENOTEMPTY', 'EROFS')) throw error;
  }
}

async function lastWrite(entry: string): Promise<number> {
  const disk = await stat(path.join(entry, tartFiles.disk)).catch(() => undefined);
  return Math.max((await stat(entry)).mtimeMs, disk?.mtimeMs ?? 0);
}
