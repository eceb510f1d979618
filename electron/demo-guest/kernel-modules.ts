import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { command } from './command.ts';

/** Which module files a module needs, by its path in the kernel's module folder. */
export type ModuleNeeds = ReadonlyMap<string, readonly string[]>;

/** Reads `modules.dep`, as depmod(8) writes it: `path: needed needed...`. */
export function parseModuleNeeds(text: string): ModuleNeeds {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [file, needs] = line.split(':');
      if (file === undefined || needs === undefined || file === '') return [];
      return [[file, needs.split(' ').filter((name) => name !== '')] as const];
    }),
  );
}

/** A module's name as the kernel has it: `-` and `_` are the same. */
function moduleName(file: string): string {
  return path
    .basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

/**
 * The files of the named modules and of all that they need, each after what it needs, so that insmod can load them in
 * that order. A module that the kernel has built in, or not at all, is left out.
 */
export function loadOrder(needs: ModuleNeeds, names: readonly string[]): string[] {
  const files = new Map([...needs.keys()].map((file) => [moduleName(file), file]));
  const order = new Set<string>();
  const add = (file: string): void => {
    if (order.has(file)) return;
    for (const needed of needs.get(file) ?? []) add(needed);
    order.add(file);
  };
  for (const name of names) {
    const file = files.get(name.replaceAll('-', '_'));
    if (file !== undefined) add(file);
  }
  return [...order];
}

/** The kernel's modules, unpacked in `folder` (`lib/modules/<version>`). */
export interface KernelModules {
  folder: string;
  version: string;
  needs: ModuleNeeds;
}

/** Works out what needs what, for modules unpacked under `base`/lib/modules. They may be for another processor. */
export async function readModules(base: string, version: string, signal: AbortSignal): Promise<KernelModules> {
  await command('depmod', ['-b', base, version], { signal });
  const folder = path.join(base, 'lib/modules', version);
  return { folder, version, needs: parseModuleNeeds(await readFile(path.join(folder, 'modules.dep'), 'utf8')) };
}

/** Puts the named modules and what they need into a root file system, with an index for its modprobe. */
export async function installModules(
  modules: KernelModules,
  names: readonly string[],
  root: string,
  signal: AbortSignal,
): Promise<void> {
  const target = path.join(root, 'usr/lib/modules', modules.version);
  const lists = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'];
  for (const file of [...loadOrder(modules.needs, names), ...lists]) {
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await copyFile(path.join(modules.folder, file), path.join(target, file));
  }
  await command('depmod', ['-b', path.join(root, 'usr'), modules.version], { signal });
}

/** Puts the named modules into `folder`, with a file `order` that says which comes first. */
export async function installBootModules(
  modules: KernelModules,
  names: readonly string[],
  folder: string,
): Promise<void> {
  const files = loadOrder(modules.needs, names);
  await mkdir(folder, { recursive: true });
  for (const file of files) await copyFile(path.join(modules.folder, file), path.join(folder, path.basename(file)));
  await writeFile(path.join(folder, 'order'), files.map((file) => `${path.basename(file)}\n`).join(''));
}
