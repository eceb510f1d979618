import { rename, rm, symlink } from 'node:fs/promises';

/**
 * Lets a symbolic link point to another place, in one step: an image without its tag, if only for a moment, would be taken
 * for one that nobody wants.
 */
export async function replaceSymlink(link: string, text: string): Promise<void> {
  const aside = `${link}.${crypto.randomUUID()}`;
  await symlink(text, aside);
  try {
    await rename(aside, link);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
