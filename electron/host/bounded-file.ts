import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

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
