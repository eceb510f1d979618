import { opendir, stat } from 'node:fs/promises';
import { hasCode } from '../files/error-codes.ts';
import { type Home, homeUnavailable } from './home.ts';
import { type Inspector, inspectAll } from './inspect.ts';
import type { LibraryEntry } from './vm.ts';

/** More than anybody has VMs; looking at each takes some ten calls of the system, and what is beyond is not listed. */
const maxFolders = 20_000;

/** The names of all folders in `vms/`, sorted, links among them. @throws AppError `home-unavailable` */
export async function vmNames(home: Home): Promise<string[]> {
  try {
    const names = new Set<string>();
    // Not `readdir`, which would hold a million names at once.
    for await (const entry of await opendir(home.vms, { bufferSize: 1024 })) {
      if (entry.isFile()) continue;
      names.add(entry.name);
      if (names.size >= maxFolders) break;
    }
    return [...names].sort((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    // No `vms` in a home is a library without VMs; no home is an unplugged drive.
    const isHomeThere = hasCode(error, 'ENOENT') && (await stat(home.path).catch(() => undefined)) !== undefined;
    if (isHomeThere) return [];
    throw homeUnavailable(home, error);
  }
}

/**
 * Every folder in `vms/`, by name. One that can't be read is one entry with its reason. A command that only lists needs
 * this and not the whole library, which takes longer to load. @throws AppError `home-unavailable`
 */
export async function listVms(home: Home, inspector: Inspector): Promise<LibraryEntry[]> {
  const names = await vmNames(home);
  const folders = names.map((name) => ({ name, folder: home.vmFolder(name) }));
  inspector.keepOnly(new Set(folders.map(({ folder }) => folder)));
  return await inspectAll(inspector, folders);
}
