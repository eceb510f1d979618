import { AppError } from '../../electron/contract/errors.ts';
import { deepestFolder, maxFolderFiles } from '../../electron/contract/imports.ts';
import type { Sendable } from './send-file.ts';

/** A file in a folder that was given, by its path below it. */
interface FolderFile {
  readonly path: string;
  readonly file: File;
}

/** What file managers leave in folders, which no machine has. */
const leftByFileManagers = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * Reads a folder that was dropped, all the way down, as one thing to be sent. Nothing of its files is read before that.
 * @throws AppError `invalid-input` for more or deeper than is sent, `file-not-found` for what can't be read
 */
export async function readFolder(folder: FileSystemDirectoryEntry, signal: AbortSignal): Promise<Sendable> {
  const files: FolderFile[] = [];
  const open: { entry: FileSystemDirectoryEntry; below: readonly string[] }[] = [{ entry: folder, below: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.below.length >= deepestFolder)
      throw tooMuch(folder.name, `more than ${deepestFolder} folders in each other`);
    for await (const entry of entriesOf(next.entry)) {
      signal.throwIfAborted();
      const below = [...next.below, entry.name];
      if (isFolder(entry)) open.push({ entry, below });
      else if (isFile(entry)) files.push({ path: below.join('/'), file: await fileOf(entry) });
      requireFew(folder.name, files);
    }
  }
  return folderToSend(folder.name, files);
}

/** A folder that was chosen in the browser's own dialog, which gives its files with their paths. */
export function folderOfFiles(files: readonly File[]): { name: string; read: () => Promise<Sendable> } | undefined {
  const name = files[0]?.webkitRelativePath.split('/')[0];
  if (name === undefined || name === '') return undefined;
  const inside = files.map((file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/'), file }));
  return {
    name,
    read: () => {
      requireFew(name, inside);
      if (inside.some(({ path }) => path.split('/').length > deepestFolder))
        throw tooMuch(name, `more than ${deepestFolder} folders in each other`);
      return Promise.resolve(folderToSend(name, inside));
    },
  };
}

/** In the order of their paths, which a folder has none of: what is sent twice is the same. */
function folderToSend(name: string, all: readonly FolderFile[]): Sendable {
  const wanted = all.filter(({ path }) => !leftByFileManagers.has(path.split('/').at(-1) ?? ''));
  const files = wanted.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (files.length === 0) throw new AppError('invalid-input', `There are no files in ${name}.`);
  // Made of the files themselves: they are read when a piece of it is.
  const whole = new Blob(files.map(({ file }) => file));
  return {
    name,
    size: whole.size,
    slice: (start, end) => whole.slice(start, end),
    files: files.map(({ path, file }) => ({ path, sizeBytes: file.size })),
  };
}

function requireFew(name: string, files: readonly FolderFile[]): void {
  if (files.length > maxFolderFiles) throw tooMuch(name, `more than ${maxFolderFiles} files`);
}

function tooMuch(name: string, what: string): AppError {
  return new AppError('invalid-input', `${name} has ${what}, which is more than a browser sends at once.`, {
    hint: 'Choose what you want of it, or choose it on the host.',
  });
}

export const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/** A browser gives the entries of a folder in batches, and an empty one at the end. */
async function* entriesOf(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry> {
  const reader = folder.createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, (cause) => reject(unreadable(folder.name, cause)));
    });
    if (batch.length === 0) return;
    yield* batch;
  }
}

async function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return await new Promise((resolve, reject) => {
    entry.file(resolve, (cause) => reject(unreadable(entry.name, cause)));
  });
}

function unreadable(name: string, cause: unknown): AppError {
  return new AppError('file-not-found', `${name} can’t be read by the browser.`, {
    hint: 'Check that you may read it, and that its drive is connected. Then drop it again.',
    cause,
  });
}
