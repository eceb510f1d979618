import { existsSync } from 'node:fs';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { FolderLock } from '../../files/locks.ts';
import { isKeptWithoutTag } from './marks.ts';
import { removeImage, unlinkIfThere } from './remove.ts';
import { type CacheScan, hostFolderOf, scanCache } from './scan.ts';

/**
 * Deletes what nothing leads to, as Tart does after every change of its cache: tags of images that are gone, and images
 * that no tag leads to, unless they were pulled by their digest or are pinned.
 *
 * Between the move of an image to its place and the making of its tag there is nothing that tells it from a leftover.
 * A pull holds the lock of its host then, so hosts that somebody holds are left to who holds them.
 * @param heldHost the folder of a host whose lock the caller holds
 */
export async function collectGarbage(home: Home, heldHost?: string): Promise<void> {
  const { images, links } = scanCache(home.cache);
  const entries = [...images.map(({ folder }) => folder), ...links.map((link) => link.path)];
  for (const host of new Set(entries.map((entry) => hostFolderOf(home.cache, entry)))) {
    using lock = host === heldHost ? undefined : lockHost(host);
    if (host !== heldHost && lock === undefined) continue;
    await collectIn(home, host);
  }
}

/** The lock that Tart's pulls and ours hold on a host's folder; undefined if somebody has it. */
export function lockHost(hostFolder: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(hostFolder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function collectIn(home: Home, host: string): Promise<void> {
  const isHere = (inside: string): boolean => hostFolderOf(home.cache, inside) === host;
  // Looked at under the lock, so that it is as it stays.
  const scan = scanCache(home.cache);
  for (const { path: link, folder } of scan.links)
    if (isHere(link) && folder !== undefined && !existsSync(folder)) await unlinkIfThere(link);
  for (const folder of unlinkedFolders(scan))
    if (isHere(folder) && !isKeptWithoutTag(folder)) await removeImage(home, folder, []);
}

/** Folders of images that no tag leads to. */
function unlinkedFolders({ images, links }: CacheScan): string[] {
  const linked = new Set(links.map(({ folder }) => folder));
  return images.map(({ folder }) => folder).filter((folder) => !linked.has(folder));
}
