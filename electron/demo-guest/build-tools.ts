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

/** What {@link whyNotBuildable} looks at; the host itself, unless a test says otherwise. */
export interface Surroundings {
  platform?: NodeJS.Platform;
  folders?: readonly string[];
  isThere?: (file: string) => Promise<boolean>;
}

/** Tools of the system hide in sbin, which ordinary users do not search. */
const searchFolders = (): string[] => [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];

/** Why the demo guest can't be built on this host, in the user's words; undefined if it can. */
export async function whyNotBuildable({
  platform = process.platform,
  folders = searchFolders(),
  isThere = isExecutable,
}: Surroundings = {}): Promise<string | undefined> {
  if (platform !== 'linux') return 'The demo guest is made from Debian packages, which takes a Debian host.';
  const missing: string[] = [];
  for (const program of Object.keys(programs)) {
    const found = await Promise.all(folders.map((folder) => isThere(path.join(folder, program))));
    if (!found.includes(true)) missing.push(program);
  }
  if (missing.includes('apt-get') || missing.includes('dpkg-deb'))
    return 'The demo guest is made from Debian packages, and this system has no apt to fetch them with.';
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((program) => programs[program]))].join(' ');
  return `The demo guest is made with ${missing.join(', ')}, not found here. Install: sudo apt-get install ${packages}`;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
