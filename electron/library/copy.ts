import { type FileHandle, mkdir, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { cloneFile, nextData, nextHole } from '../host/posix.ts';
import { requireSpace } from './space.ts';
import { writeSparsely } from './sparse.ts';

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
 * whoever owns the folder to delete.
 * @throws AppError `no-space` before anything is written, and errors of the file system as Node made them
 */
export async function copyFileSparsely(from: string, to: string, what: string, work: CopyWork): Promise<void> {
  work.signal.throwIfAborted();
  const { size, blocks } = await stat(from);
  const total = Math.min(size, blocks * 512);
  if (await cloneFile(from, to)) {
    work.onBytes(total, total);
    return;
  }
  await requireSpace(path.dirname(to), total, what);
  await copyData(from, to, size, total, work);
}

async function copyData(from: string, to: string, size: number, total: number, work: CopyWork): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx', (await source.stat()).mode & 0o777);
    try {
      await target.truncate(size);
      await copyRanges(source, target, size, total, work);
      // A network volume may say only now that it is full.
      await target.datasync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyRanges(source: FileHandle, target: FileHandle, size: number, total: number, work: CopyWork) {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  let done = 0;
  for (let offset = nextData(source.fd, 0); offset !== -1 && offset < size; offset = nextData(source.fd, offset)) {
    const hole = nextHole(source.fd, offset);
    const end = hole === -1 ? size : Math.min(hole, size);
    while (offset < end) {
      work.signal.throwIfAborted();
      const { bytesRead } = await source.read(buffer, 0, Math.min(pieceBytes, end - offset), offset);
      if (bytesRead === 0) return;
      await writeSparsely(target, buffer.subarray(0, bytesRead), offset);
      offset += bytesRead;
      done += bytesRead;
      work.onBytes(done, Math.max(done, total));
    }
  }
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
