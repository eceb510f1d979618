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
  cloneFile(from: string, to: string): Promise<boolean>;
  misalignment(bytes: Uint8Array): number;
  pastCache(fd: number): void;
}

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
 * and nothing made, where the file system can't; rejects like Node's file functions, `EEXIST` if `to` exists.
 */
export function cloneFile(from: string, to: string): Promise<boolean> {
  return addon().cloneFile(from, to);
}

/** How far into a page of memory the bytes begin. */
export function misalignment(bytes: Uint8Array): number {
  return addon().misalignment(bytes);
}

/** Asks macOS not to cache what goes through a descriptor (`F_NOCACHE`); does nothing elsewhere. */
export function pastCache(fd: number): void {
  addon().pastCache(fd);
}
