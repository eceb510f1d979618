import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GuestArch } from '../contract/machine.ts';
import { kernelPackage, openApt, resolvePackages, unpackPackages, type PackageFile } from './debian-packages.ts';
import { makeDisk } from './disk-image.ts';
import { makeInitramfs } from './initramfs.ts';
import { installModules, readModules } from './kernel-modules.ts';
import { archRecipes, packageParts, rootModules } from './recipe.ts';
import * as recipe from './recipe.ts';
import { inodeFixes, layOutRoot, openFolders } from './root-folder.ts';

/** Raised when the code that builds changes what it makes; the recipe and its files are looked at by themselves. */
const builderVersion = 1;

/** A hash of all that the image is made from, except the packages. */
export async function recipeHash(assets: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([builderVersion, recipe]));
  const entries = await readdir(path.join(assets, 'root'), { recursive: true, withFileTypes: true });
  const overlay = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const files = [path.join(assets, 'init'), ...overlay];
  for (const file of files.sort()) {
    const contents = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    hash.update(`${path.relative(assets, file)}\0${contents}\0`);
  }
  return hash.digest('hex');
}

/** What there is to build: the packages of today. */
export interface Ingredients {
  packages: PackageFile[];
  kernel: string;
}

export interface Builder {
  arch: GuestArch;
  /** `assets/demo-guest` of the project. */
  assets: string;
  /** An empty folder to work in, which the caller removes. */
  workFolder: string;
  signal: AbortSignal;
  step: (title: string) => void;
}

/**
 * Builds the image in two acts, so that the caller can look in between whether it has one of the same ingredients:
 * first the lists of today's packages, then `makeImage`.
 */
export async function prepareImage(
  builder: Builder,
): Promise<Ingredients & { makeImage: (image: string) => Promise<void> }> {
  const { arch, workFolder, signal } = builder;
  builder.step('Reading package lists');
  const apt = await openApt(path.join(workFolder, 'apt'), arch, signal);
  const kernel = await kernelPackage(apt, archRecipes[arch].kernel, signal);
  const packages = await resolvePackages(apt, [kernel, ...packageParts.map(({ name }) => name)], signal);
  return {
    packages,
    kernel,
    makeImage: async (image) => {
      builder.step('Fetching packages');
      const unpacked = path.join(workFolder, 'unpacked');
      await unpackPackages(apt, packages, unpacked, signal);
      builder.step('Putting files together');
      await assemble(builder, { unpacked, kernel, image });
    },
  };
}

async function assemble(
  { arch, assets, workFolder, signal, step }: Builder,
  { unpacked, kernel, image }: { unpacked: string; kernel: string; image: string },
): Promise<void> {
  const version = kernel.replace('linux-image-', '');
  const modules = await readModules(path.join(unpacked, kernel), version, signal);
  const initramfs = path.join(workFolder, 'initrd.img');
  const parts = {
    busybox: path.join(unpacked, 'busybox-static/bin/busybox'),
    init: path.join(assets, 'init'),
    modules,
  };
  await writeFile(initramfs, await makeInitramfs(parts, path.join(workFolder, 'initramfs'), signal));

  const root = path.join(workFolder, 'root');
  await layOutRoot(root, unpacked, path.join(assets, 'root'));
  await installModules(modules, rootModules, root, signal);
  await openFolders(root);

  step('Making the disk');
  const { bootFile, bootLoader, consoles, kernelOptions } = archRecipes[arch];
  const entry = path.join(workFolder, 'demo.conf');
  const general = ['quiet', 'loglevel=3', 'net.ifnames=0'];
  const options = [...general, ...kernelOptions, ...consoles.map((name) => `console=${name}`)];
  await writeFile(entry, `title Demo Linux\nlinux /vmlinuz\ninitrd /initrd.img\noptions ${options.join(' ')}\n`);
  const loader = path.join(workFolder, 'loader.conf');
  await writeFile(loader, 'timeout 0\ndefault demo.conf\n');
  await makeDisk(
    image,
    {
      boot: {
        [`/EFI/BOOT/${bootFile}`]: path.join(root, bootLoader),
        '/loader/loader.conf': loader,
        '/loader/entries/demo.conf': entry,
        '/vmlinuz': path.join(unpacked, kernel, 'boot', `vmlinuz-${version}`),
        '/initrd.img': initramfs,
      },
      root,
      inodeFixes: await inodeFixes(root),
    },
    workFolder,
    signal,
  );
}
