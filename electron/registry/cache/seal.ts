import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readBoundedSync } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { replaceFileSync } from '../../files/replace-file.ts';
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

/**
 * The first format was written where the digests of layers were believed to be those of what they unpack to, so a note in
 * it proves nothing.
 */
const formatOfToday = 2;

const schema = z.object({
  version: z.literal(formatOfToday).optional(),
  /** Of the image, from the cache's folder on. */
  image: z.string(),
  disk: stateSchema,
});
type Seal = z.infer<typeof schema>;

/** A note is a few hundred bytes. */
const maxSealBytes = 64 * 1024;

/** The state of an image's disk now; undefined if there is none. */
export function diskState(imageFolder: string): DiskState | undefined {
  const status = statSync(path.join(imageFolder, tartFiles.disk), { bigint: true, throwIfNoEntry: false });
  if (status === undefined) return undefined;
  const { ino, size, mtimeNs, ctimeNs } = status;
  return { inode: `${ino}`, sizeBytes: `${size}`, modifiedNs: `${mtimeNs}`, changedNs: `${ctimeNs}` };
}

/**
 * Notes that an image's disk was verified to the last byte in this state: when all its bytes had just been hashed by this
 * program, at the place where they lie, and flushed. The note is beside the images, whose folders are as Tart makes them.
 */
export function sealDisk(home: Home, imageFolder: string, disk: DiskState): void {
  const seal: Seal = { version: formatOfToday, image: path.relative(home.cache, imageFolder), disk };
  try {
    mkdirSync(sealsFolder(home), { recursive: true });
    dropOfDeleted(home, sealsFolder(home));
    replaceFileSync(sealFile(home, imageFolder), JSON.stringify(seal));
  } catch (error) {
    // The image is whole without a note; what is half written can't be read and is none.
  }
}

/** Whether the image's disk is in the very state that was verified: nobody wrote to it since, nor put another in its place. */
export function isSealed(home: Home, imageFolder: string): boolean {
  const now = diskState(imageFolder);
  const seal = read(sealFile(home, imageFolder));
  return now !== undefined && seal?.version === formatOfToday && isDeepStrictEqual(seal.disk, now);
}

/** Forgets what was noted of an image. */
export function dropSeal(home: Home, imageFolder: string): void {
  rmSync(sealFile(home, imageFolder), { force: true });
}

/** Whether an older Tatin noted that it verified the image, which took the manifest's word for what its layers unpack to. */
export function wasSealedByOlder(home: Home, imageFolder: string): boolean {
  const seal = read(sealFile(home, imageFolder));
  return seal !== undefined && seal.version === undefined;
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
    return schema.parse(parseBoundedJson(readBoundedSync(file, maxSealBytes).toString('utf8')));
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
