import { access, constants } from 'node:fs/promises';
import path from 'node:path';

/** The programs that build the image, and the Debian package of each. */
const programs: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  depmod: 'kmod',
  cpio: 'cpio',
  sfdisk: 'fdisk',
  mformat: 'mtools',
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
};

/** Why the demo guest can't be built on this host, in the user's words; undefined if it can. */
export async function whyNotBuildable(
  searchPath = process.env.PATH ?? '',
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  if (platform !== 'linux') return 'The demo guest is made from Debian packages, which takes a Debian host.';
  const folders = [...searchPath.split(path.delimiter), '/usr/sbin', '/sbin'];
  const missing = [];
  for (const program of Object.keys(programs)) if (!(await isThere(program, folders))) missing.push(program);
  if (missing.includes('apt-get') || missing.includes('dpkg-deb'))
    return 'The demo guest is made from Debian packages, and this system has no apt to fetch them with.';
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((program) => programs[program]))].join(' ');
  return `The demo guest is made with ${missing.join(', ')}, not found here. Install: sudo apt-get install ${packages}`;
}

async function isThere(program: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    try {
      await access(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}
