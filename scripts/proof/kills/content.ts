import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { runsOf } from '../../../electron/registry/disk/ranges.ts';

const pieceBytes = 64 * 1024;

/** What a disk holds, so that two with other holes and the same bytes are the same; fast for one that is mostly holes. */
export function contentOf(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const hash = createHash('sha256').update(String(size));
    const buffer = Buffer.alloc(pieceBytes);
    const zeros = Buffer.alloc(pieceBytes);
    let next = 0;
    for (const { offset, length, isHole } of runsOf({ fd, offset: 0, length: size })) {
      if (isHole) continue;
      // Runs begin where the file system likes, so pieces are cut at places that depend on nothing.
      const end = offset + length;
      for (let at = Math.max(next, offset - (offset % pieceBytes)); at < end; at += pieceBytes) {
        next = at + pieceBytes;
        const count = readSync(fd, buffer, 0, pieceBytes, at);
        if (buffer.compare(zeros, 0, count, 0, count) === 0) continue;
        hash.update(`@${at}`).update(buffer.subarray(0, count));
      }
    }
    return hash.digest('hex');
  } finally {
    closeSync(fd);
  }
}
