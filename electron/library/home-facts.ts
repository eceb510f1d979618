import { randomUUID } from 'node:crypto';
import { access, constants, readdir, readFile, realpath, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../files/error-codes.ts';
import { runCommand } from '../host/command-runner.ts';
import { cloneFile } from '../files/posix.ts';
import { Home } from './home.ts';
import { Inspector } from './inspect.ts';
import { listVms } from './listing.ts';
import { mountOf, parseLinuxMounts, parseMacMounts } from '../files/mounts.ts';

/** What a home holds and stands on. Sizes in bytes, on disk. */
export interface HomeFacts {
  /** Why it can't be used now; everything else is 0 or empty then. */
  readonly unavailable?: string | undefined;
  readonly machineCount: number;
  readonly machinesBytes: number;
  readonly cacheBytes: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly fileSystem: string;
  /** Whether a duplicate there takes no room until it changes; tried, not guessed. */
  readonly clones: boolean;
}

const nothing = {
  machineCount: 0,
  machinesBytes: 0,
  cacheBytes: 0,
  freeBytes: 0,
  totalBytes: 0,
  fileSystem: '',
  clones: false,
};

/** Looks at a home, in use or not. Never throws, and makes no folder: one that is gone may come back with its drive. */
export async function readHomeFacts(folder: string): Promise<HomeFacts> {
  try {
    if (!(await stat(folder)).isDirectory()) return { ...nothing, unavailable: `${folder} is not a folder.` };
    await access(folder, constants.R_OK | constants.X_OK);
    const home = new Home(folder);
    const [entries, cacheBytes, space, fileSystem, clones] = await Promise.all([
      listVms(home, new Inspector()),
      allocatedBytes(home.cache),
      statfs(folder),
      fileSystemOf(folder),
      canClone(folder),
    ]);
    const machinesBytes = entries.reduce(
      (sum, entry) => sum + (entry.kind === 'machine' ? entry.allocatedBytes : 0),
      0,
    );
    return {
      ...{ machineCount: entries.length, machinesBytes, cacheBytes, fileSystem, clones },
      freeBytes: space.bavail * space.bsize,
      totalBytes: space.blocks * space.bsize,
    };
  } catch (error) {
    return { ...nothing, unavailable: whyNot(folder, error) };
  }
}

function whyNot(folder: string, error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return `There is no folder ${folder}. If it is on a drive, connect that.`;
  if (code === 'EACCES' || code === 'EPERM') return `You may not look into ${folder}.`;
  return `${folder} can’t be read: ${error instanceof Error ? error.message : String(error)}`;
}

/** Of everything below a folder, links not followed; 0 where there is none. */
export async function allocatedBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    // Somebody may delete it meanwhile.
    const status = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += (status?.blocks ?? 0) * 512;
  }
  return bytes;
}

async function fileSystemOf(folder: string): Promise<string> {
  const mounts =
    process.platform === 'darwin'
      ? parseMacMounts((await runCommand('/sbin/mount', [])).stdout)
      : parseLinuxMounts(await readFile('/proc/self/mounts', 'utf8').catch(() => ''));
  return mountOf(await realpath(folder), mounts)?.kind ?? 'unknown';
}

async function canClone(folder: string): Promise<boolean> {
  const probe = path.join(folder, `.tatin-probe-${randomUUID()}`);
  const copy = `${probe}-copy`;
  try {
    // One whole block: some file systems keep less than that inside the directory, where nothing can be shared.
    await writeFile(probe, Buffer.alloc(4096, 1), { flag: 'wx' });
    return await cloneFile(probe, copy);
  } catch {
    // Where nothing can be written, nothing is duplicated either.
    return false;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
    await rm(copy, { force: true }).catch(() => undefined);
  }
}
