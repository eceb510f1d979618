import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import { maxConfigBytes } from './bounded-file.ts';
import { flock, lockFcntl, queryFcntl } from './posix.ts';
import { ConfigError } from './config-error.ts';
import { hasCode } from './error-codes.ts';

/**
 * config.json files that this process holds the lock of, by device and inode. POSIX drops a process's lock when it
 * closes any descriptor of the file, so code that looks at one of these must go through its RunLock.
 */
const heldHere = new Map<string, RunLock>();

/** The lock that this process holds on the file, if it does. Asks nothing of the system while it holds none at all. */
function heldLock(configPath: string): RunLock | undefined {
  return heldHere.size === 0 ? undefined : heldHere.get(identity(statSync(configPath)));
}

function identity(status: { dev: number; ino: number }): string {
  return `${status.dev}:${status.ino}`;
}

/**
 * Tart's running lock: `fcntl` write lock on the whole of a VM's config.json, held by the process that runs the VM, or
 * that deletes or rewrites it. While it is held, this process must not open that file in any other way; `readText` and
 * `writeText` here go through the locked descriptor, and {@link readConfigText} finds its way to it.
 */
export class RunLock implements Disposable {
  /** `work` (a change, a deletion) is not shown as running by the process that does it. Others can't tell. */
  readonly purpose: 'run' | 'work';
  readonly #fd: number;
  readonly #identity: string;
  #released = false;

  private constructor(fd: number, id: string, purpose: 'run' | 'work') {
    this.#fd = fd;
    this.#identity = id;
    this.purpose = purpose;
  }

  /**
   * Takes the lock; undefined if another process, or this one, holds it already. Errors of opening the file are thrown
   * as Node made them (`ENOENT` if there is none).
   */
  static tryAcquire(configPath: string, purpose: 'run' | 'work' = 'run'): RunLock | undefined {
    // Everything from here to the return is synchronous on purpose: no other code of this process can open the file between.
    if (heldHere.has(identity(statSync(configPath)))) return undefined;
    const fd = openSync(configPath, constants.O_RDWR | withoutWaiting);
    const id = identity(fstatSync(fd));
    if (heldHere.has(id) || !lockFcntl(fd)) {
      // Closing is safe for a lock of ours only because the first line ruled that out for this file.
      closeSync(fd);
      return undefined;
    }
    const lock = new RunLock(fd, id, purpose);
    heldHere.set(id, lock);
    return lock;
  }

  /** The file's text, through the locked descriptor. @throws ConfigError if it is too long */
  readText(): string {
    return readAll(this.#fd);
  }

  /**
   * Replaces the text in place: same inode, so the lock stays. A kill between the two steps leaves the new text with
   * blanks after it, which is still JSON; a full disk fails before anything is changed.
   */
  writeText(text: string): void {
    const bytes = Buffer.from(text);
    const padded = Buffer.alloc(Math.max(bytes.length, fstatSync(this.#fd).size), '\n');
    bytes.copy(padded);
    const written = writeSync(this.#fd, padded, 0, padded.length, 0);
    if (written !== padded.length) throw new AppError('no-space', 'The disk is full: config.json was not written.');
    ftruncateSync(this.#fd, bytes.length);
  }

  /** Who this process says runs the VM. */
  get shownPid(): number | undefined {
    return this.purpose === 'run' ? process.pid : undefined;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    heldHere.delete(this.#identity);
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A named pipe or a terminal in the place of a file must not hold up the whole process. */
const withoutWaiting = constants.O_NONBLOCK | constants.O_NOCTTY;

/** By descriptor, since opening the file once more would cost a lock on it: what `readBoundedSync` does for others. */
function readAll(fd: number): string {
  const status = fstatSync(fd);
  if (!status.isFile()) throw new ConfigError('config.json is not a regular file');
  if (status.size > maxConfigBytes) throw new ConfigError(`config.json is longer than ${maxConfigBytes} bytes`);
  const bytes = Buffer.alloc(status.size);
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(fd, bytes, length, bytes.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return bytes.toString('utf8', 0, length);
}

/** What can be learned of a config.json in one opening. */
export interface ConfigGlance {
  text: string;
  /** The process that runs the VM, if one does. -1: one that has no pid here. */
  lockPid: number | undefined;
}

/**
 * Reads config.json and asks who holds its lock, without endangering a lock of this process. Synchronous, so that no
 * lock can be taken between opening and closing. Errors are Node's. @throws ConfigError if it is no file, or too long
 */
export function readConfigText(configPath: string): ConfigGlance {
  const held = heldLock(configPath);
  if (held !== undefined) return { text: held.readText(), lockPid: held.shownPid };
  const fd = openSync(configPath, constants.O_RDONLY | withoutWaiting);
  try {
    return { text: readAll(fd), lockPid: queryFcntl(fd) || undefined };
  } finally {
    closeSync(fd);
  }
}

/**
 * The pid of the process that holds the running lock, undefined if none does or the file can't be opened (Tart takes
 * that for "not running" too). The pid of this process if it is the one; -1 for a process that has no pid here.
 */
export function runLockPid(configPath: string): number | undefined {
  try {
    const held = heldLock(configPath);
    if (held !== undefined) return held.shownPid;
    const fd = openSync(configPath, constants.O_RDONLY | withoutWaiting);
    try {
      return queryFcntl(fd) || undefined;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}

/** A `flock` on a folder or file, as Tart uses it on entries of `tmp/` and on the home. */
export class FolderLock implements Disposable {
  readonly #fd: number;
  #released = false;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Takes the lock; undefined if somebody else has it, or if what the path names was replaced meanwhile (a lock on
   * what is gone protects nothing). Errors of opening are Node's.
   */
  static tryAcquire(path: string, how: 'exclusive' | 'shared' = 'exclusive'): FolderLock | undefined {
    // Without O_NONBLOCK a named pipe in the way would hold up the whole process.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (flock(fd, how) && isStill(path, fd)) return new FolderLock(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    return undefined;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function isStill(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now !== undefined && identity(now) === identity(fstatSync(fd));
}

/** Waits for the exclusive `flock` on a folder, runs `work`, and lets go whatever happens. */
export async function withFolderLock<T>(folder: string, work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  using _lock = await acquireFolderLock(folder, signal);
  return await work();
}

async function acquireFolderLock(folder: string, signal?: AbortSignal): Promise<FolderLock> {
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    signal?.throwIfAborted();
    const lock = FolderLock.tryAcquire(folder);
    if (lock !== undefined) return lock;
    // flock(2) could wait by itself, but not be called off, and it would hold one of the few threads of the pool.
    await delay(pauseMs, undefined, { signal });
  }
}

/**
 * Runs `work` under Tart's global lock, an exclusive `flock` on the home. Tart holds it while it clones, imports, and
 * from checking MAC addresses until a VM has its running lock.
 */
export function withHomeLock<T>(home: { path: string }, work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  return withFolderLock(home.path, work, signal);
}

/**
 * Whether another program uses a disk: it holds a `flock` on it (hdiutil, Finder, a copy being made) or any record lock
 * (QEMU). False for a file that can't be opened, which the code that uses it will report better.
 */
export function diskInUse(diskPath: string): boolean {
  let fd: number;
  try {
    fd = openSync(diskPath, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'ENXIO')) return false;
    throw error;
  }
  try {
    if (queryFcntl(fd, true) !== 0) return true;
    if (!flock(fd, 'exclusive')) return true;
    flock(fd, 'unlock');
    return false;
  } finally {
    closeSync(fd);
  }
}
