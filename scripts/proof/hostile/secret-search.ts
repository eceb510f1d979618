import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { runsOf } from '../../../electron/registry/disk/ranges.ts';

const pieceBytes = 1024 ** 2;

/** Files below a folder that hold these words; fast for disks that are mostly holes. Follows no links, and opens only files. */
export function filesWith(folder: string, words: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => path.join(entry.parentPath, entry.name)).filter((file) => holds(file, words));
}

function holds(file: string, words: string): boolean {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(pieceBytes);
    for (const { offset, length, isHole } of runsOf({ fd, offset: 0, length: fstatSync(fd).size })) {
      if (isHole) continue;
      // Pieces overlap by as much as could be cut.
      for (let at = offset; at < offset + length; at += pieceBytes - words.length) {
        const count = readSync(fd, buffer, 0, pieceBytes, at);
        if (buffer.subarray(0, count).includes(words)) return true;
      }
    }
    return false;
  } finally {
    closeSync(fd);
  }
}
