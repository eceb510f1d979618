import { existsSync, readFileSync, statSync } from 'node:fs';
import { rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Files in an image's folder that are no part of the image. */
export const markFiles = {
  /** Tart's: the image was pulled by its digest, so it stays when no tag leads to it. */
  explicitlyPulled: '.explicitly-pulled',
  /** Ours: the image stays whatever is pruned. */
  pinned: '.tatin-pinned',
} as const;

/** Whether a person wants the image kept. */
export function isPinned(folder: string): boolean {
  return existsSync(path.join(folder, markFiles.pinned));
}

/** Whether it stays although no tag leads to it. */
export function isKeptWithoutTag(folder: string): boolean {
  return isPinned(folder) || existsSync(path.join(folder, markFiles.explicitlyPulled));
}

/** What the mark says of how it was made. */
const broughtExplicit = 'explicitly-pulled was set by pinning\n';

/**
 * Marks an image as one to keep. Tart does not know the mark; so that at least its collection of images without a tag
 * leaves it alone, the image is also marked as explicitly pulled. `tart prune` takes it all the same.
 */
export async function pin(folder: string): Promise<void> {
  if (isPinned(folder)) return;
  const explicit = path.join(folder, markFiles.explicitlyPulled);
  const isExplicit = existsSync(explicit);
  await keepingTimes(folder, async () => {
    // Ours first: a kill between the two leaves an image that is pinned here.
    await writeFile(path.join(folder, markFiles.pinned), isExplicit ? '' : broughtExplicit);
    if (!isExplicit) await writeFile(explicit, '');
  });
}

/** Takes the mark away, and what pinning brought with it. */
export async function unpin(folder: string): Promise<void> {
  if (!isPinned(folder)) return;
  const pinned = path.join(folder, markFiles.pinned);
  const brought = readFileSync(pinned, 'utf8') === broughtExplicit;
  await keepingTimes(folder, async () => {
    if (brought) await rm(path.join(folder, markFiles.explicitlyPulled), { force: true });
    await rm(pinned, { force: true });
  });
}

/** Making a file in a folder is no use of the image in it. */
async function keepingTimes(folder: string, work: () => Promise<void>): Promise<void> {
  const { atime, mtime } = statSync(folder);
  await work();
  await utimes(folder, atime, mtime);
}
