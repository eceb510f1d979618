import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** What to write: the bytes, or a function that writes them to the new file. */
export type NewContent = string | Uint8Array | ((file: FileHandle) => Promise<void>);

/** Permissions of the new file (0666 less the umask unless given), and whether its bytes are on the drive before it is seen. */
export interface ReplaceOptions {
  readonly mode?: number;
  readonly flush?: boolean;
}

/**
 * Writes a file in one step: a reader sees the old content or the new, never half of it. The new file is made beside the
 * old one under a random name and only if nothing has that name, so that a link or a named pipe that somebody put there
 * is never written to; a link at the file's own place is replaced, not followed.
 *
 * The package `write-file-atomic` does the same work but guesses safe surroundings: its name for the new file can be
 * computed in advance and is opened without `O_EXCL`, it writes to where a link at the file's place leads, and it takes
 * over mode and owner of the old file, which would open a private file to others.
 * @throws Node's errors of writing, and what `content` throws; nothing is left beside the file then
 */
export async function replaceFile(
  file: string,
  content: NewContent,
  { mode = 0o666, flush = false }: ReplaceOptions = {},
): Promise<void> {
  const aside = nameAside(file);
  try {
    await writeNew(aside, content, { mode, flush });
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

async function writeNew(file: string, content: NewContent, { mode, flush }: Required<ReplaceOptions>): Promise<void> {
  await using handle = await open(file, 'wx', mode);
  if (typeof content === 'function') await content(handle);
  else await handle.writeFile(content);
  if (flush) await handle.sync();
}

/** {@link replaceFile} for what must be done before anything else happens, as when a process ends. */
export function replaceFileSync(
  file: string,
  content: string | Uint8Array,
  { mode = 0o666, flush = false }: ReplaceOptions = {},
): void {
  const aside = nameAside(file);
  try {
    writeFileSync(aside, content, { flag: 'wx', mode, flush });
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/**
 * Deletes what replacements of a file have left that were killed. @param minAgeMs 0 where nobody else may be replacing it
 * now; a replacement takes moments
 */
export async function deleteLeftOvers(file: string, minAgeMs: number): Promise<void> {
  const folder = path.dirname(file);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${path.basename(file)}.`) || !name.endsWith('.partial')) continue;
    const status = await lstat(path.join(folder, name)).catch(() => undefined);
    if (status !== undefined && Date.now() - status.mtimeMs >= minAgeMs)
      await rm(path.join(folder, name), { force: true });
  }
}

function nameAside(file: string): string {
  return `${file}.${crypto.randomUUID()}.partial`;
}
