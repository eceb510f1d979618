import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { tartFiles } from '../library/layout.ts';
import { scanCache } from './cache/scan.ts';

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

/**
 * The images under `cache/OCIs` of a home, by name. A tag is a link to the folder of a digest beside it, and both are
 * listed, as Tart does; what lacks files, or is a link that leads elsewhere, is left out.
 */
export function cachedImages(cacheFolder: string): CachedImage[] {
  const { images, links } = scanCache(cacheFolder);
  const found = [
    ...images.flatMap(({ id, folder }) => imageAt(folder, id)),
    ...links.flatMap(({ repository, tag, folder }) =>
      folder === undefined ? [] : imageAt(folder, `${repository}:${tag}`),
    ),
  ];
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function imageAt(folder: string, name: string): CachedImage[] {
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
