import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { nextData, nextHole } from '../../files/posix.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { BlockPacker } from './block-packer.ts';
import { type FolderFile, listFolder } from './folder-files.ts';
import { entryHead } from './header-writer.ts';

/** What to pack, and where to. */
export interface PackWork {
  readonly folder: string;
  /** The archive to write; replaced if it is there. */
  readonly archive: string;
  /** Paths below the folder, with slashes; everything in it without them. */
  readonly files?: readonly string[] | undefined;
  /** Bytes of the files that were packed, of how many; holes count. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Packs a folder into an Apple Archive as Tart exports it: LZFSE in blocks of 4 MiB. Holes are not read. The archive is
 * written beside its place and takes it when it is complete; whatever goes wrong, nothing is left and an archive that was
 * there stays.
 * @throws AppError `file-not-allowed` if a file changes its length meanwhile; errors of the file system as Node made them;
 *   the signal's reason
 */
export async function packFolder(work: PackWork): Promise<void> {
  work.signal.throwIfAborted();
  const files = await listFolder(work.folder, work.files);
  const root = await lstat(work.folder, { bigint: true });
  const write = async (handle: FileHandle): Promise<void> => {
    await writeArchive(work, handle, [{ type: 'folder', path: '', status: root }, ...files]);
    work.signal.throwIfAborted();
  };
  await replaceFile(work.archive, write, { mode: 0o644, flush: true });
}

async function writeArchive(work: PackWork, handle: FileHandle, files: readonly FolderFile[]): Promise<void> {
  const total = files.reduce((sum, file) => sum + contentBytes(file), 0);
  let done = 0;
  const packer = new BlockPacker(handle, work.signal);
  try {
    for (const file of files) {
      await packer.append(headOf(file));
      if (file.type === 'file')
        await packContents(path.join(work.folder, file.path), file, packer, (bytes) => {
          work.signal.throwIfAborted();
          done += bytes;
          work.onProgress?.(done, total);
        });
    }
    await packer.finish();
  } finally {
    await packer.settle();
  }
}

function headOf({ type, path: name, status }: FolderFile): Buffer {
  return entryHead({
    type,
    path: name,
    // What a file of a machine needs anywhere; who may do more is no business of another computer.
    mode: type === 'file' ? 0o644 : 0o755,
    uid: Number(status.uid),
    gid: Number(status.gid),
    modifiedNs: status.mtimeNs,
    createdNs: status.birthtimeNs,
    changedNs: status.ctimeNs,
    bytes: Number(status.size),
  });
}

function contentBytes({ type, status }: FolderFile): number {
  return type === 'file' ? Number(status.size) : 0;
}

async function packContents(
  name: string,
  { status }: FolderFile,
  packer: BlockPacker,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const handle = await open(name, 'r');
  try {
    const size = Number(status.size);
    requireSame(name, status, await handle.stat({ bigint: true }));
    for (let offset = 0; offset < size;) {
      const data = nextData(handle.fd, offset);
      const dataFrom = data === -1 ? size : Math.min(data, size);
      if (dataFrom > offset) {
        await packer.appendZeros(dataFrom - offset);
        onBytes(dataFrom - offset);
      }
      offset = dataFrom;
      const hole = offset < size ? nextHole(handle.fd, offset) : -1;
      const dataTo = hole === -1 ? size : Math.min(hole, size);
      while (offset < dataTo) {
        const count = await packer.fill((room) => readSome(handle, room, offset, name), dataTo - offset);
        offset += count;
        onBytes(count);
      }
    }
    requireSame(name, status, await handle.stat({ bigint: true }));
  } finally {
    await handle.close();
  }
}

async function readSome(handle: FileHandle, room: Buffer, offset: number, name: string): Promise<number> {
  const { bytesRead } = await handle.read(room, 0, room.length, offset);
  if (bytesRead === 0) throw changed(name);
  return bytesRead;
}

function requireSame(name: string, before: BigIntStats, now: BigIntStats): void {
  if (before.size !== now.size || before.mtimeNs !== now.mtimeNs) throw changed(name);
}

function changed(name: string): AppError {
  return new AppError('file-not-allowed', `“${path.basename(name)}” was changed while it was packed.`, {
    hint: 'Shut the virtual machine down, and pack it again.',
    retry: true,
  });
}
