import { chmod, cp, glob, lstat, mkdir, readFile, readdir, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { adminId, adminPaths, packageParts, specialModes, staticApplets } from './recipe.ts';

/** Folders that something mounts on or writes to. */
const emptyFolders = ['dev', 'proc', 'sys', 'run', 'tmp', 'mnt', 'root', 'home/admin', 'var/log', 'etc/dropbear'];

/** One `bin` for everything; the old places lead there. */
const links: Readonly<Record<string, string>> = {
  bin: 'usr/bin',
  sbin: 'usr/bin',
  lib: 'usr/lib',
  lib64: 'usr/lib64',
  'usr/sbin': 'bin',
  'etc/mtab': '/proc/mounts',
  'etc/resolv.conf': '/run/resolv.conf',
  'var/run': '/run',
  'var/tmp': '/tmp',
};

/**
 * Lays out the root file system in `root`: programs and libraries from unpacked packages, BusyBox under all its names,
 * and our own files over them. Owners and special modes are not set here, since that takes rights; see {@link inodeFixes}.
 */
export async function layOutRoot(root: string, unpacked: string, overlay: string): Promise<void> {
  for (const folder of [...emptyFolders, 'usr/bin', 'usr/lib', 'usr/lib64'])
    await mkdir(path.join(root, folder), { recursive: true });
  for (const [name, target] of Object.entries(links)) await symlink(target, path.join(root, name));
  for (const { name, take } of packageParts) await takeFiles(path.join(unpacked, name), take, root);
  const staticBusybox = path.join(unpacked, 'busybox-static/bin/busybox');
  await cp(staticBusybox, path.join(root, 'usr/bin/busybox.static'));
  await linkApplets(root, staticApplets, 'busybox.static');
  await layOver(overlay, root);
  await linkApplets(root, appletNames(await readFile(path.join(root, 'usr/bin/busybox'))), 'busybox');
}

async function takeFiles(from: string, patterns: readonly string[], root: string): Promise<void> {
  for (const pattern of patterns) {
    for await (const file of glob(pattern, { cwd: from })) {
      const target = path.join(root, file);
      await mkdir(path.dirname(target), { recursive: true });
      await rename(path.join(from, file), target);
    }
  }
}

/** Our own files: those that begin as scripts do can be run, whatever the checkout made of their modes. */
async function layOver(overlay: string, root: string): Promise<void> {
  for (const entry of await readdir(overlay, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const target = path.join(root, path.relative(overlay, file));
    await mkdir(path.dirname(target), { recursive: true });
    await cp(file, target);
    const isScript = (await readFile(file)).subarray(0, 2).toString('latin1') === '#!';
    await chmod(target, isScript ? 0o755 : 0o644);
  }
}

async function linkApplets(root: string, names: readonly string[], program: string): Promise<void> {
  for (const name of names) {
    try {
      await symlink(program, path.join(root, 'usr/bin', name));
    } catch (error) {
      // A program of its own is better than BusyBox's.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * The names that a BusyBox answers to, from the sorted table of NUL-terminated strings in it that begins with `[` and
 * `[[`: the binary may be for another processor, so it can't be asked.
 */
export function appletNames(busybox: Buffer): string[] {
  const start = busybox.indexOf('\0[\0[[\0', 0, 'latin1');
  const end = busybox.indexOf('\0\0', start + 1, 'latin1');
  const names = start < 0 || end < 0 ? [] : busybox.toString('latin1', start + 1, end).split('\0');
  if (!names.includes('sh') || !names.includes('init'))
    throw new AppError('image-unavailable', 'The demo guest could not be made: its BusyBox has no list of applets.');
  return names.filter((name) => name !== 'busybox');
}

/**
 * Commands for debugfs(8) that make the copied files what they are in the guest: root's or the user's, with the modes
 * that an ordinary user could not have set.
 */
export async function inodeFixes(root: string): Promise<string> {
  const commands = ['sif / uid 0', 'sif / gid 0'];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const name = `/${path.relative(root, path.join(entry.parentPath, entry.name))}`;
    const owner = adminPaths.some((own) => name === own || name.startsWith(`${own}/`)) ? adminId : 0;
    commands.push(`sif "${name}" uid ${owner}`, `sif "${name}" gid ${owner}`);
  }
  for (const [name, mode] of Object.entries(specialModes)) {
    await lstat(path.join(root, name));
    commands.push(`sif "${name}" mode ${mode}`);
  }
  return `${commands.join('\n')}\n`;
}

/** Lets everybody in the guest into its folders: the process that lays them out makes folders for its user alone. */
export async function openFolders(root: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) await chmod(path.join(entry.parentPath, entry.name), 0o755);
}
