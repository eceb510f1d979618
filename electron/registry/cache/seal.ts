import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';

/**
 * What tells one state of a file from another. Its content can't change without the time of its change, which no program
 * can set; whole numbers as text, since nanoseconds are more than a number holds.
 */
const stateSchema = z.object({
  inode: z.string(),
  sizeBytes: z.string(),
  modifiedNs: z.string(),
  changedNs: z.string(),
});
export type DiskState = z.infer<typeof stateSchema>;

const schema = z.object({
  /** Of the image, from the cache's folder on. */
  image: z.string(),
  disk: stateSchema,
});
type Seal = z.infer<typeof schema>;

/** The state of an image's disk now; undefined if there is none. */
export function diskState(imageFolder: string): DiskState | undefined {
  const status = statSync(path.join(imageFolder, tartFiles.disk), { bigint: true, throwIfNoEntry: false });
  if (status === undefined) return undefined;
  const { ino, size, mtimeNs, ctimeNs } = status;
  return { inode: `${ino}`, sizeBytes: `${size}`, modifiedNs: `${mtimeNs}`, changedNs: `${ctimeNs}` };
}

/**
 * Notes that an image's disk was verified to the last byte in this state: when all its bytes had just been written under
 * their digests and flushed. The note is beside the images, whose folders are as Tart makes them.
 */
export function sealDisk(home: Home, imageFolder: string, disk: DiskState): void {
  const seal: Seal = { image: path.relative(home.cache, imageFolder), disk };
  try {
    mkdirSync(sealsFolder(home), { recursive: true });
    dropOfDeleted(home, sealsFolder(home));
    writeFileSync(sealFile(home, imageFolder), JSON.stringify(seal));
  } catch (error) {
    // The image is whole without a note; what is half written can't be read and is none.
  }
}

/** Whether the image's disk is in the very state that was verified: nobody wrote to it since, nor put another in its place. */
export function isSealed(home: Home, imageFolder: string): boolean {
  const now = diskState(imageFolder);
  return now !== undefined && isDeepStrictEqual(read(sealFile(home, imageFolder))?.disk, now);
}

function sealsFolder(home: Home): string {
  return path.join(home.cache, 'Tatin', 'verified');
}

function sealFile(home: Home, imageFolder: string): string {
  const image = path.relative(home.cache, imageFolder);
  return path.join(sealsFolder(home), createHash('sha256').update(image).digest('hex').slice(0, 32));
}

/** Undefined if there is no note, or none that can be read: then the bytes themselves are asked. */
function read(file: string): Seal | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    return undefined;
  }
}

/** So that notes of images that were pruned, by Tatin or by Tart, do not pile up. */
function dropOfDeleted(home: Home, folder: string): void {
  for (const name of readdirSync(folder)) {
    const seal = read(path.join(folder, name));
    if (seal === undefined || !existsSync(path.join(home.cache, seal.image)))
      rmSync(path.join(folder, name), { force: true });
  }
}
