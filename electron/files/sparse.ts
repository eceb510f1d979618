/** A file open for writing, as Node's handles are. */
export interface WritableFile {
  write(bytes: Uint8Array, start: number, length: number, offset: number): Promise<{ readonly bytesWritten: number }>;
}

/** What a file system gives back or leaves out in one piece: 64 KiB is a multiple of the blocks of all of them. */
const runBytes = 64 * 1024;
const zeros = Buffer.alloc(runBytes);

/**
 * Writes bytes to a new file at `offset`, but leaves out runs of zeros, which read the same as the hole that stays there.
 * The caller sets the file's length.
 */
export async function writeSparsely(file: WritableFile, bytes: Buffer, offset: number): Promise<void> {
  let start = 0;
  while (start < bytes.length) {
    const run = bytes.subarray(start, start + runBytes);
    if (isZero(run)) {
      start += run.length;
      continue;
    }
    let end = start + run.length;
    while (end < bytes.length && !isZero(bytes.subarray(end, end + runBytes)))
      end = Math.min(end + runBytes, bytes.length);
    await writeAll(file, bytes.subarray(start, end), offset + start);
    start = end;
  }
}

function isZero(run: Buffer): boolean {
  return run.equals(run.length === runBytes ? zeros : zeros.subarray(0, run.length));
}

async function writeAll(file: WritableFile, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
