import { statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Image } from '../../contract/images.ts';
import type { VmId } from '../../contract/machine.ts';
import { readBoundedSync } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import type { Home } from '../../library/home.ts';
import { type Inspector, inspectAll } from '../../library/inspect.ts';
import { tartFiles } from '../../library/layout.ts';
import type { LibraryEntry } from '../../library/vm.ts';
import { maxManifestBytes } from '../manifest/manifest.ts';
import { isPinned } from './marks.ts';
import { type CacheScan, type ImageFolder, scanCache } from './scan.ts';

/**
 * Every image of a home's cache, newest use first: one entry a digest, with the tags that lead to it. One that can't be
 * used is there with its reason.
 * @param inspector of the cache alone: it forgets what is no image any more
 * @param usedBy the machines that were made from each image, by the image's id
 */
export async function listImages(
  home: Home,
  inspector: Inspector,
  usedBy: ReadonlyMap<string, readonly VmId[]> = new Map(),
): Promise<Image[]> {
  const scan = scanCache(home.cache);
  inspector.keepOnly(new Set(scan.images.map(({ folder }) => folder)));
  const byFolder = new Map(scan.images.map((image) => [image.folder, image]));
  // The folder's path is a name that no two have.
  const named = scan.images.map(({ folder }) => ({ name: folder, folder }));
  const entries = await inspectAll(inspector, named);
  const images = entries.flatMap((entry) => {
    const place = byFolder.get(entry.folder);
    return place === undefined ? [] : [imageOf(place, entry, scan, usedBy.get(place.id) ?? [])];
  });
  return images.sort((a, b) =>
    a.accessedAt === b.accessedAt ? (a.id < b.id ? -1 : 1) : a.accessedAt < b.accessedAt ? 1 : -1,
  );
}

function imageOf(place: ImageFolder, entry: LibraryEntry, scan: CacheScan, usedBy: readonly VmId[]): Image {
  const downloadBytes = downloadBytesOf(place.folder);
  return {
    id: place.id,
    repository: place.repository,
    digest: place.digest,
    tags: tagsOf(scan, place.folder),
    ...(entry.kind === 'machine' ? { os: entry.config.os, arch: entry.config.arch } : { error: entry.reason }),
    diskBytes: entry.kind === 'machine' ? entry.diskBytes : diskBytesOf(place.folder),
    allocatedBytes: entry.allocatedBytes,
    ...(downloadBytes === undefined ? {} : { downloadBytes }),
    accessedAt: entry.accessedAt.toISOString(),
    pinned: isPinned(place.folder),
    usedBy: [...usedBy],
  };
}

/** In order of name. */
export function tagsOf({ links }: CacheScan, folder: string): string[] {
  return links.flatMap((link) => (link.folder === folder ? [link.tag] : [])).sort((a, b) => (a < b ? -1 : 1));
}

function diskBytesOf(folder: string): number {
  return statSync(path.join(folder, tartFiles.disk), { throwIfNoEntry: false })?.size ?? 0;
}

const sizeSchema = z.object({ size: z.number().int().min(0) });
const manifestSchema = z.object({ config: sizeSchema, layers: z.array(sizeSchema) });

/** What the image is in its registry, from the manifest beside it; images of an old Tart have none. */
function downloadBytesOf(folder: string): number | undefined {
  try {
    const text = readBoundedSync(path.join(folder, tartFiles.manifest), maxManifestBytes).toString('utf8');
    const { config, layers } = manifestSchema.parse(parseBoundedJson(text));
    return layers.reduce((sum, { size }) => sum + size, config.size);
  } catch {
    // Only a figure for a column; `doctor` says what is wrong with a manifest.
    return undefined;
  }
}
