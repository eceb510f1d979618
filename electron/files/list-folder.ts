import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from './error-codes.ts';
import { AppError } from '../contract/errors.ts';
import type { FileEntry } from '../contract/host.ts';

/** More than a person looks through; a folder with more is cut. */
const maxEntries = 2_000;

/**
 * A folder of the host as a file chooser shows it: folders first, then files that end in one of `extensions` (all, if
 * there is none), by name; what is hidden is left out. `path` in the answer is the real one, links followed.
 * @throws AppError `invalid-input`, `file-not-found`, `file-not-allowed`
 */
export async function listFolder(
  folder: string,
  extensions: readonly string[],
): Promise<{ path: string; parent?: string; entries: FileEntry[] }> {
  if (!path.isAbsolute(folder)) throw new AppError('invalid-input', 'A folder must be named by its whole path.');
  const real = await inWords(folder, () => realpath(folder));
  const found = await inWords(folder, () => readdir(real, { withFileTypes: true }));
  const candidates = found
    .filter((entry) => !entry.name.startsWith('.') && (!entry.isFile() || fits(entry.name, extensions)))
    .slice(0, maxEntries);
  const entries = (await Promise.all(candidates.map(({ name }) => entryOf(real, name)))).filter(
    (entry): entry is FileEntry => entry !== undefined && (entry.isFolder || fits(entry.name, extensions)),
  );
  entries.sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || a.name.localeCompare(b.name));
  const parent = path.dirname(real);
  return { path: real, ...(parent === real ? {} : { parent }), entries };
}

function fits(name: string, extensions: readonly string[]): boolean {
  return (
    extensions.length === 0 || extensions.some((extension) => name.toLowerCase().endsWith(extension.toLowerCase()))
  );
}

async function entryOf(folder: string, name: string): Promise<FileEntry | undefined> {
  const whole = path.join(folder, name);
  // A broken link, or gone since the folder was read.
  const status = await stat(whole).catch(() => undefined);
  if (status === undefined || !(status.isDirectory() || status.isFile())) return undefined;
  return { name, path: whole, isFolder: status.isDirectory(), bytes: status.isFile() ? status.size : 0 };
}

async function inWords<T>(folder: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM'))
      throw new AppError('file-not-allowed', `You may not look into ${folder}.`, { cause: error });
    if (hasCode(error, 'ENOTDIR')) throw new AppError('invalid-input', `${folder} is not a folder.`, { cause: error });
    throw new AppError('file-not-found', `There is no folder ${folder}.`, { cause: error });
  }
}
