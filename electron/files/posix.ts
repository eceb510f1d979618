import { constants } from 'node:os';
import process from 'node:process';
import { loadNativeAddon } from './native-addon.ts';

/** What `native/posix/posix.cc` exports. */
interface Addon {
  lockFcntl(fd: number): boolean;
  queryFcntl(fd: number, asWriter: boolean): number;
  flock(fd: number, how: FlockOperation): boolean;
  nextData(fd: number, offset: number): number;
  nextHole(fd: number, offset: number): number;
  punchHole(fd: number, offset: number, length: number): boolean;
  renameNoReplace(from: string, to: string): 'done' | 'exists' | 'unsupported';
  cloneFile(from: string | number, to: string): Promise<boolean>;
  openAt(directory: number, name: string, flags: number, walks: boolean): Promise<number>;
  listAt(directory: number, maxEntries: number): Promise<[kind: EntryKind, name: string][]>;
  allowSignal(number: number): void;
  misalignment(bytes: Uint8Array): number;
  bypassCache(fd: number): void;
}

/** What an entry of a folder is, by itself: a link is a link, wherever it leads. */
export type EntryKind = 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device' | 'unknown';

export type FlockOperation = 'exclusive' | 'shared' | 'unlock';

let loaded: Addon | undefined;

function addon(): Addon {
  // The addon's own source is what says that this is its shape; there is nothing to parse in a function.
  loaded ??= loadNativeAddon('posix') as Addon;
  return loaded;
}

/**
 * Takes the POSIX write lock on the whole file (`F_SETLK`, `F_WRLCK`); false if another process holds one. `fd` must be
 * open for writing. The lock goes when this process closes any descriptor of the same file.
 */
export function lockFcntl(fd: number): boolean {
  return addon().lockFcntl(fd);
}

/**
 * The pid of the process whose POSIX lock stands in the way of a reader (`F_GETLK` asking `F_RDLCK`), or of a writer if
 * `asWriter`; 0 if none does, -1 if one does that has no pid here (an open file description lock, another pid
 * namespace). Never reports a lock of the asking process itself.
 */
export function queryFcntl(fd: number, asWriter = false): number {
  return addon().queryFcntl(fd, asWriter);
}

/** `flock(2)` that never waits; false if somebody else's lock stands in the way. Works on folders too. */
export function flock(fd: number, how: FlockOperation): boolean {
  return addon().flock(fd, how);
}

/** The offset of the next byte at or after `offset` that is not in a hole; -1 if only a hole or the end follows. */
export function nextData(fd: number, offset: number): number {
  return addon().nextData(fd, offset);
}

/** The offset of the next hole at or after `offset`; the end of a file counts as one. -1 if `offset` is past the end. */
export function nextHole(fd: number, offset: number): number {
  return addon().nextHole(fd, offset);
}

/** Gives the range's blocks back to the file system, so that it reads as zeros; false where holes are not known. */
export function punchHole(fd: number, offset: number, length: number): boolean {
  return addon().punchHole(fd, offset, length);
}

/** Renames in one step unless something has the new name already; `unsupported` if the file system can't promise that. */
export function renameNoReplace(from: string, to: string): 'done' | 'exists' | 'unsupported' {
  return addon().renameNoReplace(from, to);
}

/**
 * Makes `to` share the blocks of `from` until one of them is written to (`FICLONE`, `clonefile`). Resolves with false,
 * and nothing made, where the file system can't; rejects like Node's file functions, `EEXIST` if `to` exists. `from` may
 * be a descriptor, to be kept open meanwhile; then `to` is for its owner alone (0600).
 */
export function cloneFile(from: string | number, to: string): Promise<boolean> {
  return addon().cloneFile(from, to);
}

/**
 * Opens what `name` leads to from a folder's descriptor, and follows no link on the way or at its end: `name` is relative,
 * may have several components, and none of them is `..`. Never waits (`O_NONBLOCK`), makes nothing. Resolves with a
 * descriptor that the caller closes.
 * @param flags of `node:fs` constants, or {@link onlyPath}
 * @param walks one component after the other also where the system does it at once (`openat2`), as it is elsewhere
 * @throws errors like Node's: `ELOOP` for a link, `EINVAL` for a name that is not allowed, `ENOENT` and so on
 */
export function openAt(directory: number, name: string, flags: number, walks = false): Promise<number> {
  return addon().openAt(directory, name, flags, walks);
}

/** `O_PATH`, for which Node has no name: nothing is opened, only found. Linux alone has it. The number is that of x86 and ARM. */
export const onlyPath = process.platform === 'linux' ? 0o10000000 : undefined;

/**
 * What is in a folder, by its descriptor; `.` and `..` left out. Where there are more than `maxEntries`, one more than so
 * many. Names that are no UTF-8 come with replacement characters, and so open nothing.
 */
export function listAt(directory: number, maxEntries: number): Promise<[kind: EntryKind, name: string][]> {
  return addon().listAt(directory, maxEntries);
}

/**
 * Calls `listener` for every SIGUSR1, by which Tart asks to suspend. Node takes that signal for its debugger, which opens a
 * port to everybody, so our processes are started with `--disable-sigusr1`; then it is held back until this.
 */
export function onSuspendSignal(listener: () => void): void {
  process.on('SIGUSR1', listener);
  addon().allowSignal(constants.signals.SIGUSR1);
}

/** How far into a page of memory the bytes begin. */
export function misalignment(bytes: Uint8Array): number {
  return addon().misalignment(bytes);
}

/** Asks macOS not to cache what goes through a descriptor (`F_NOCACHE`); does nothing elsewhere. */
export function bypassCache(fd: number): void {
  addon().bypassCache(fd);
}
