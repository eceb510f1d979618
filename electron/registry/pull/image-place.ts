import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, open, readlink, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { renameNoReplace } from '../../files/posix.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';
import { FolderLock } from '../../files/locks.ts';
import { collectGarbage } from '../cache/collect-garbage.ts';
import { markFiles } from '../cache/marks.ts';
import { imagesRoot } from '../cache/scan.ts';
import type { Reference } from '../../contract/reference.ts';
import { pullFolderOf } from '../cache/pull-folder.ts';

/** Where an image belongs in the cache, as Tart has it: only the colon of a port is escaped. */
export interface ImagePlace {
  /** `cache/OCIs/<host>`, on which Tart's pulls hold a lock. */
  readonly hostFolder: string;
  /** The folder of the repository. */
  readonly repositoryFolder: string;
  /** The folder of the image. */
  readonly folder: string;
  /** The link of the tag; none for an image that is named by its digest. */
  readonly link: string | undefined;
}

export function imagePlace(home: Home, name: Reference, digest: string): ImagePlace {
  const hostFolder = path.join(imagesRoot(home.cache), name.host.replaceAll(':', '%3A'));
  const repositoryFolder = path.join(hostFolder, ...name.namespace.split('/'));
  return {
    hostFolder,
    repositoryFolder,
    folder: path.join(repositoryFolder, digest),
    link: name.tag === undefined ? undefined : path.join(repositoryFolder, name.tag),
  };
}

/** Whether the image has all its files, and a disk of the right length. Says nothing about their bytes. */
export function isImageHere(folder: string, diskBytes: number): boolean {
  const sizes = [tartFiles.config, tartFiles.nvram, tartFiles.disk].map(
    (leaf) => statSync(path.join(folder, leaf), { throwIfNoEntry: false })?.size,
  );
  return !sizes.includes(undefined) && sizes.at(-1) === diskBytes;
}

/** Whether the name leads to the image already, by exactly the link that Tart would make. */
export function isLinked({ link, folder }: ImagePlace): boolean {
  if (link === undefined)
    return lstatSync(path.join(folder, markFiles.explicitlyPulled), { throwIfNoEntry: false }) !== undefined;
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return false;
  return readlinkSync(link) === folder;
}

/** How long another program may hold up the last step, usually. Tart holds the lock for the whole of a pull. */
export const defaultPatienceMs = 10_000;

/**
 * Runs `work` under the lock that Tart's pulls from this host hold, if it can be had soon. Without it each step still
 * leaves what Tart expects: a folder that comes whole by one rename, a link that is replaced by one, and a mark that keeps
 * the image from being collected in between. What the lock adds is that a Tart which waits for it finds the image, and
 * need not pull it too; that is not worth waiting for a pull of hours.
 */
async function withHostLock<T>(
  place: ImagePlace,
  work: (isHeld: boolean) => Promise<T>,
  signal: AbortSignal,
  patienceMs: number,
): Promise<T> {
  await mkdir(place.repositoryFolder, { recursive: true });
  using lock = await soon(place.hostFolder, patienceMs, signal);
  return await work(lock !== undefined);
}

async function soon(folder: string, patienceMs: number, signal: AbortSignal): Promise<FolderLock | undefined> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const lock = FolderLock.tryAcquire(folder);
    if (lock !== undefined || Date.now() >= end) return lock;
    await delay(50, undefined, { signal });
  }
}

/** Moves a whole image to its place in one step, and lets the name lead to it. `aside` is a folder on the same volume. */
export async function placeImage(
  home: Home,
  place: ImagePlace,
  image: string,
  aside: string,
  diskBytes: number,
  signal: AbortSignal,
  patienceMs = defaultPatienceMs,
): Promise<void> {
  // Tart's collection of what no tag leads to may run between the move and the link; this mark keeps it off.
  await writeFile(path.join(image, markFiles.explicitlyPulled), '');
  await utimes(image, new Date(), new Date());
  await flushFolder(image);
  await withHostLock(
    place,
    async (isHeld) => {
      if (renameNoReplace(image, place.folder) !== 'done') await replaceBroken(place.folder, image, aside, diskBytes);
      await flushFolder(place.repositoryFolder);
      await leadTo(place, aside);
      if (place.link !== undefined) await rm(path.join(place.folder, markFiles.explicitlyPulled), { force: true });
      await touch(place.folder);
      await collectGarbage(home, isHeld ? place.hostFolder : undefined);
    },
    signal,
    patienceMs,
  );
}

/** What is there is as good as ours, or lacks files; then it goes, and comes back whole. */
async function replaceBroken(folder: string, image: string, aside: string, diskBytes: number): Promise<void> {
  if (isImageHere(folder, diskBytes)) {
    await rm(image, { recursive: true, force: true });
    return;
  }
  const old = path.join(aside, `replaced-${randomUUID()}`);
  await rename(folder, old).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
  await rename(image, folder);
  await rm(old, { recursive: true, force: true });
}

/** Lets a name lead to an image that is in its place. */
export async function linkImage(home: Home, place: ImagePlace, aside: string, signal: AbortSignal): Promise<void> {
  await withHostLock(
    place,
    async (isHeld) => {
      if (place.link === undefined) await writeFile(path.join(place.folder, markFiles.explicitlyPulled), '');
      else await leadTo(place, aside);
      await touch(place.folder);
      await collectGarbage(home, isHeld ? place.hostFolder : undefined);
    },
    signal,
    defaultPatienceMs,
  );
}

/**
 * Tidies up after a pull that was killed just when its image had come to its place: takes back the mark that kept the
 * image until its tag was made, and what is left of the pull's folder.
 */
export async function finishCutOff(home: Home, digest: string, place: ImagePlace): Promise<void> {
  const left = pullFolderOf(home, digest);
  if (lstatSync(left, { throwIfNoEntry: false }) === undefined || existsSync(path.join(left, 'image'))) return;
  using lock = lockIfThere(left);
  // Somebody is at this very step.
  if (lock === undefined) return;
  if (place.link !== undefined) await rm(path.join(place.folder, markFiles.explicitlyPulled), { force: true });
  await rm(left, { recursive: true, force: true });
}

function lockIfThere(folder: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function leadTo({ link, folder }: ImagePlace, aside: string): Promise<void> {
  if (link === undefined) return;
  const old = await readlink(link).catch(() => undefined);
  if (old === folder) return;
  // Made elsewhere and renamed, so that the tag leads to the old image or the new at any moment.
  await mkdir(aside, { recursive: true });
  const fresh = path.join(aside, `link-${randomUUID()}`);
  await symlink(folder, fresh);
  await rename(fresh, link);
  // What the tag led to is the first that pruning takes.
  if (old !== undefined && path.dirname(old) === path.dirname(folder))
    await utimes(old, new Date(0), new Date(0)).catch(() => undefined);
}

/** Tart's way to note that an image was used: the old access time becomes the time of change. Whole seconds. */
export async function touch(folder: string): Promise<void> {
  const { atimeMs } = statSync(folder);
  await utimes(folder, Math.floor(Date.now() / 1000), Math.floor(atimeMs / 1000));
}

/** Makes names in a folder last through a power cut. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
