import { type Dirent, type Stats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { tartFiles } from '../library/layout.ts';

/** An image of a registry that Tart keeps in a home's cache: by a tag, or by its digest. */
export interface CachedImage {
  /** `host/namespace:tag` or `host/namespace@sha256:...` */
  readonly name: string;
  /** Length of its disk. */
  readonly diskBytes: number;
  /** What config.json, disk.img and nvram.bin take on the host. */
  readonly allocatedBytes: number;
  readonly accessedAt: Date;
}

const digest = /^sha256:[0-9a-f]+$/i;

/**
 * The images under `cache/OCIs` of a home, by name. A tag is a link to the folder of a digest beside it, and both are
 * listed, as Tart does; what lacks files, or is a link that leads elsewhere, is left out.
 */
export function cachedImages(cacheFolder: string): CachedImage[] {
  const root = path.join(cacheFolder, 'OCIs');
  return imagesUnder(root, []).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `place` are the names of the folders from `OCIs` down: the host, then the parts of the namespace. */
function imagesUnder(folder: string, place: readonly string[]): CachedImage[] {
  return entriesOf(folder).flatMap((entry) => {
    const inside = path.join(folder, entry.name);
    if (entry.isSymbolicLink()) return imageAt(inside, `${nameOf(place)}:${entry.name}`, isTagLink(folder, inside));
    if (!entry.isDirectory()) return [];
    if (digest.test(entry.name)) return imageAt(inside, `${nameOf(place)}@${entry.name}`, true);
    return imagesUnder(inside, [...place, entry.name]);
  });
}

/** Only the colon before a port is written as `%3A`, and only in the host (the first part). */
function nameOf([host = '', ...namespace]: readonly string[]): string {
  return [host.replaceAll(/%3A/gi, ':'), ...namespace].join('/');
}

/** Tart's tags are absolute links to a digest in the same folder. */
function isTagLink(folder: string, link: string): boolean {
  const target = path.resolve(folder, readlinkSync(link));
  return path.dirname(target) === folder && digest.test(path.basename(target));
}

function imageAt(folder: string, name: string, isKnownPlace: boolean): CachedImage[] {
  if (!isKnownPlace) return [];
  const status = existing(folder);
  const config = existing(path.join(folder, tartFiles.config));
  const disk = existing(path.join(folder, tartFiles.disk));
  const nvram = existing(path.join(folder, tartFiles.nvram));
  if (status === undefined || config === undefined || disk === undefined || nvram === undefined) return [];
  // `blocks` counts in 512 bytes whatever the file system's block is (POSIX).
  const allocatedBytes = (config.blocks + disk.blocks + nvram.blocks) * 512;
  return [{ name, diskBytes: disk.size, allocatedBytes, accessedAt: status.atime }];
}

function existing(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function entriesOf(folder: string): Dirent[] {
  // A cache that was never used is not there; asking costs less than an error.
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { withFileTypes: true });
}
