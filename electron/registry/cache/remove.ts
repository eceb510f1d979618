import { existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { deleteAtomically } from '../../library/delete-atomically.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';
import { FolderLock, withFolderLock } from '../../files/locks.ts';
import { retryWhileBusy } from '../../files/retry-while-busy.ts';
import { isKeptWithoutTag } from './marks.ts';
import { hostFolderOf, scanCache } from './scan.ts';

/**
 * Deletes an image with all its tags: in one step out of the cache, then away. A kill between leaves something in `tmp/`
 * that the next sweep finishes. The caller holds the lock of its host.
 * @returns `in-use` and nothing changed if its disk is being read, e.g. copied to a VM
 */
export async function removeImage(
  home: Home,
  folder: string,
  tagLinks: readonly string[],
): Promise<'removed' | 'in-use' | 'gone'> {
  try {
    using diskLock = lockDisk(folder);
    if (diskLock === undefined) return 'in-use';
    for (const link of tagLinks) await unlinkIfThere(link);
    // Keeps sweeps off until it is away.
    using _sweepLock = FolderLock.tryAcquire(folder);
    await deleteAtomically(home, folder);
    return 'removed';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'gone';
    throw error;
  }
}

/** Whoever copies from an image's disk holds a shared `flock` on it. Undefined if somebody does. */
function lockDisk(folder: string): Disposable | undefined {
  const disk = path.join(folder, tartFiles.disk);
  // An image without a disk is broken, and nobody copies it.
  return existsSync(disk) ? FolderLock.tryAcquire(disk) : { [Symbol.dispose]: () => undefined };
}

/** Whether somebody reads the disk of an image now. */
export function isImageInUse(folder: string): boolean {
  using lock = lockDisk(folder);
  return lock === undefined;
}

/** Deletes a link that may be gone already. */
export async function unlinkIfThere(link: string): Promise<void> {
  await unlink(link).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

/**
 * Deletes one image of the cache on request, pinned or not.
 * @throws AppError `image-not-found`, `disk-in-use`, `vm-locked` while another program pulls from its host
 */
export async function deleteImage(home: Home, id: string): Promise<void> {
  const image = scanCache(home.cache).images.find((known) => known.id === id);
  if (image === undefined) throw imageNotFound(id);
  const host = hostFolderOf(home.cache, image.folder);
  const outcome = await retryWhileBusy(host, (patience) =>
    withFolderLock(host, () => removeImage(home, image.folder, linksTo(home, image.folder)), patience),
  );
  if (outcome === 'in-use')
    throw new AppError('disk-in-use', `${id} is being copied to a virtual machine or read by another program.`, {
      hint: 'Try again when that is done.',
      retry: true,
    });
}

/** Whether the cache has a tag or an image of that name. */
export function hasName(home: Home, name: string): boolean {
  const { images, links } = scanCache(home.cache);
  return images.some(({ id }) => id === name) || links.some(({ repository, tag }) => `${repository}:${tag}` === name);
}

/**
 * Takes one name off the cache, as `tart delete` does: a tag, and its image if nothing else leads to that; or, by its
 * digest, the image with all its tags. @throws AppError, see {@link deleteImage}
 */
export async function deleteName(home: Home, name: string): Promise<void> {
  const { images, links } = scanCache(home.cache);
  const link = links.find(({ repository, tag }) => `${repository}:${tag}` === name);
  if (link === undefined) {
    await deleteImage(home, name);
    return;
  }
  const image = images.find(({ folder }) => folder === link.folder);
  const isOnly = links.filter(({ folder }) => folder === link.folder).length === 1;
  if (image !== undefined && isOnly && !isKeptWithoutTag(image.folder)) await deleteImage(home, image.id);
  else await unlinkIfThere(link.path);
}

/** The paths of all tags that lead to an image. */
export function linksTo(home: Home, folder: string): string[] {
  return scanCache(home.cache).links.flatMap((link) => (link.folder === folder ? [link.path] : []));
}

/** That the cache has no such image. */
export function imageNotFound(name: string, cause?: unknown): AppError {
  return new AppError('image-not-found', `${name} is not in the cache.`, { hint: 'Pull it first.', cause });
}
