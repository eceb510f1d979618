import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

/** A file or folder to be packed. */
export interface FolderFile {
  readonly type: 'file' | 'folder';
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly status: BigIntStats;
}

/** Files up to this go first, so that a reader of an archive finds them before the disk. */
const smallBytes = 1024n ** 2n;

/**
 * What is in a folder, in the order in which it is packed: folders before what is in them, small files before disks. Links,
 * sockets and devices are left out: they mean nothing elsewhere.
 * @param chosen paths below the folder, folders with all that is in them; everything without it
 */
export async function listFolder(folder: string, chosen?: readonly string[]): Promise<FolderFile[]> {
  const found = new Map<string, FolderFile>();
  for (const name of chosen ?? (await readdir(folder))) {
    for (const above of parentsOf(name)) await add(folder, above, found);
    await addTree(folder, name, found);
  }
  const files = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const rank = ({ type, status }: FolderFile) => (type === 'folder' ? 0 : status.size <= smallBytes ? 1 : 2);
  return [0, 1, 2].flatMap((wanted) => files.filter((file) => rank(file) === wanted));
}

async function addTree(folder: string, name: string, found: Map<string, FolderFile>): Promise<void> {
  const file = await add(folder, name, found);
  if (file?.type !== 'folder') return;
  for (const child of await readdir(path.join(folder, name))) await addTree(folder, `${name}/${child}`, found);
}

async function add(folder: string, name: string, found: Map<string, FolderFile>): Promise<FolderFile | undefined> {
  const status = await lstat(path.join(folder, name), { bigint: true });
  const type = status.isFile() ? 'file' : status.isDirectory() ? 'folder' : undefined;
  if (type === undefined) return undefined;
  const file = { type, path: name, status } as const;
  found.set(name, file);
  return file;
}

function parentsOf(name: string): string[] {
  const names = name.split('/');
  return names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('/'));
}
