import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { commandBytes } from './command.ts';
import { installBootModules, type KernelModules } from './kernel-modules.ts';
import { bootModules } from './recipe.ts';

export interface InitramfsParts {
  /** BusyBox that needs no libraries, for the guest's processor. */
  busybox: string;
  /** The script that the kernel runs. */
  init: string;
  modules: KernelModules;
}

/** Makes the compressed archive that the kernel unpacks into memory; `folder` is room to work in. */
export async function makeInitramfs(parts: InitramfsParts, folder: string, signal: AbortSignal): Promise<Buffer> {
  for (const name of ['bin', 'dev', 'proc', 'sys', 'root']) await mkdir(path.join(folder, name), { recursive: true });
  await cp(parts.busybox, path.join(folder, 'bin/busybox'));
  await cp(parts.init, path.join(folder, 'init'));
  await chmod(path.join(folder, 'init'), 0o755);
  await installBootModules(parts.modules, bootModules, path.join(folder, 'modules'));
  const names = (await readdir(folder, { recursive: true })).sort();
  const archive = await commandBytes('cpio', ['--quiet', '-o', '-H', 'newc', '-R', '0:0', '--null'], {
    signal,
    cwd: folder,
    input: names.map((name) => `${name}\0`).join(''),
  });
  return promisify(gzip)(archive, { level: 9 });
}
