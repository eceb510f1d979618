import { existsSync, statSync } from 'node:fs';
import { rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readBoundedSync } from '../../files/bounded-file.ts';

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

/** Tells the mark of Tart's that pinning made from one that a pull by digest made: Tart only asks whether it is there. */
const madeByPin = 'made when Tatin pinned the image\n';

/**
 * Marks an image as one to keep. Tart does not know the mark; so that at least its collection of images without a tag
 * leaves it alone, the image is also marked as explicitly pulled. `tart prune` takes it all the same.
 */
export async function pin(folder: string): Promise<void> {
  const explicit = path.join(folder, markFiles.explicitlyPulled);
  await supervisionTimes(folder, async () => {
    // Ours first: a kill between the two leaves an image that is pinned here.
    await writeFile(path.join(folder, markFiles.pinned), '');
    if (!existsSync(explicit)) await writeFile(explicit, madeByPin);
  });
}

/** Takes the mark away, and what pinning brought with it. */
export async function unpin(folder: string): Promise<void> {
  const explicit = path.join(folder, markFiles.explicitlyPulled);
  await supervisionTimes(folder, async () => {
    if (isMadeByPin(explicit)) await rm(explicit);
    await rm(path.join(folder, markFiles.pinned), { force: true });
  });
}

/** What can't be read is none of ours. */
function isMadeByPin(mark: string): boolean {
  try {
    return readBoundedSync(mark).toString('utf8') === madeByPin;
  } catch {
    return false;
  }
}

/** Making a file in a folder is no use of the image in it. */
async function supervisionTimes(folder: string, work: () => Promise<void>): Promise<void> {
  const { atime, mtime } = statSync(folder);
  await work();
  await utimes(folder, atime, mtime);
}
