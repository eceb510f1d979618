import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Longest settings or description that is read whole: those of Tatin and Tart have some kilobytes. In bytes. */
export const maxConfigBytes = 1024 ** 2;
/** Deepest nesting of a document that is read: those of Tatin, Tart and registries have fewer than ten levels. */
export const maxDepth = 64;

/** A file that is not read because of what it is; `message` follows its name: "is not a regular file". */
export class RefusedFile extends Error {
  readonly reason: 'not-regular' | 'too-long';

  constructor(reason: RefusedFile['reason'], maxBytes: number) {
    super(reason === 'too-long' ? `is longer than ${maxBytes} bytes` : 'is not a regular file');
    this.name = 'RefusedFile';
    this.reason = reason;
  }
}

/** Opening a FIFO waits for a writer, and a terminal may become ours, unless these are given (POSIX open). */
const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Reads a whole small file that anybody may have put there: one that is regular and at most `maxBytes` long, also if it
 * grows meanwhile. Links are followed, since a user may keep such files elsewhere; what they lead to is checked.
 * @throws RefusedFile; Node's errors of opening and reading
 */
export function readBoundedSync(file: string, maxBytes = maxConfigBytes): Buffer {
  const descriptor = openSync(file, withoutWaiting);
  try {
    const status = fstatSync(descriptor);
    const bytes = roomFor(status, maxBytes);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    return taken(bytes, length, maxBytes);
  } finally {
    closeSync(descriptor);
  }
}

/** {@link readBoundedSync}, without holding up anything else. */
export async function readBounded(file: string, maxBytes = maxConfigBytes): Promise<Buffer> {
  const handle = await open(file, withoutWaiting);
  try {
    const bytes = roomFor(await handle.stat(), maxBytes);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      ({ bytesRead: read } = await handle.read(bytes, length, bytes.length - length, null));
    return taken(bytes, length, maxBytes);
  } finally {
    await handle.close();
  }
}

/**
 * The end of a regular file: at most its last `maxBytes`, so that a log that somebody made long costs no more than that.
 * What it begins with may be half a line.
 * @throws RefusedFile; Node's errors of opening and reading
 */
export async function readTail(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(file, withoutWaiting);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new RefusedFile('not-regular', maxBytes);
    const bytes = Buffer.allocUnsafe(Math.min(status.size, maxBytes));
    const from = status.size - bytes.length;
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      ({ bytesRead: read } = await handle.read(bytes, length, bytes.length - length, from + length));
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** Writing to a FIFO waits for a reader as reading does for a writer, and a device is not what anything here writes to. */
const toAppend = constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a regular file to write to, or makes it; what is in it stays.
 * @param access `a` to add to its end, `r+` to read and to write anywhere
 * @throws RefusedFile; Node's errors of opening
 */
export function openToWriteSync(file: string, mode: number, access: 'a' | 'r+' = 'a'): number {
  const descriptor = openSync(file, flagsFor(access), mode);
  try {
    if (!fstatSync(descriptor).isFile()) throw new RefusedFile('not-regular', 0);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** {@link openToWriteSync}, without holding up anything else. */
export async function openToWrite(file: string, mode: number, access: 'a' | 'r+' = 'a'): Promise<FileHandle> {
  const handle = await open(file, flagsFor(access), mode);
  try {
    if (!(await handle.stat()).isFile()) throw new RefusedFile('not-regular', 0);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Node has no flag of its own that opens for both, makes what is missing, and keeps what is there. */
function flagsFor(access: 'a' | 'r+'): number {
  return access === 'a' ? constants.O_WRONLY | toAppend : (constants.O_RDWR | toAppend) & ~constants.O_APPEND;
}

/** One byte more than the file has, which shows whether it grew. */
function roomFor(status: { isFile(): boolean; size: number }, maxBytes: number): Buffer {
  if (!status.isFile()) throw new RefusedFile('not-regular', maxBytes);
  if (status.size > maxBytes) throw new RefusedFile('too-long', maxBytes);
  // Files of the kernel have no length; they are short.
  return Buffer.allocUnsafe(status.size === 0 ? maxBytes + 1 : status.size + 1);
}

function taken(bytes: Buffer, length: number, maxBytes: number): Buffer {
  if (length > maxBytes) throw new RefusedFile('too-long', maxBytes);
  return bytes.subarray(0, length);
}
