import { createHash } from 'node:crypto';
import { open, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { GuestArch } from '../contract/machine.ts';
import { readBounded } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { Ingredients } from './build-image.ts';

/** Images that nobody has used for this long make room; another recipe of another checkout may still want them. */
const unusedForMs = 30 * 24 * 60 * 60 * 1000;

/** Says which image is the newest, and what it was made from. */
const pointerSchema = z.object({ recipe: z.string(), key: z.string().regex(/^[0-9a-f]{16}$/) });

/** An image in the cache. `bytes` are those that it takes on disk. */
export interface CachedImage {
  path: string;
  bytes: number;
}

/** Finished images: `<folder>/<key>/<arch>.img`, where the key says recipe and packages. */
export class ImageCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The image that was last made from this recipe, if it is still there. */
  async find(arch: GuestArch, recipe: string): Promise<CachedImage | undefined> {
    try {
      const text = (await readBounded(this.#pointer(arch))).toString('utf8');
      const pointer = pointerSchema.parse(parseBoundedJson(text));
      if (pointer.recipe !== recipe) return undefined;
      return await this.#look(this.imagePath(arch, pointer.key));
    } catch {
      // Not there, or not what this version writes: either way there is nothing to use.
      return undefined;
    }
  }

  /** Names what the image of these ingredients would be kept under. */
  keyOf(recipe: string, { packages }: Ingredients): string {
    const parts = packages.map(({ fileName, hash }) => `${fileName} ${hash}`).sort();
    return createHash('sha256')
      .update(JSON.stringify([recipe, parts]))
      .digest('hex')
      .slice(0, 16);
  }

  imagePath(arch: GuestArch, key: string): string {
    return path.join(this.folder, key, `${arch}.img`);
  }

  /** The image under `key`, whatever the pointer says. */
  async get(arch: GuestArch, key: string): Promise<CachedImage | undefined> {
    try {
      return await this.#look(this.imagePath(arch, key));
    } catch {
      return undefined;
    }
  }

  /** Makes the image under `key` the one that {@link find} gives for `recipe`. */
  async choose(arch: GuestArch, recipe: string, key: string): Promise<void> {
    await replaceFile(this.#pointer(arch), JSON.stringify({ recipe, key }), { flush: true });
    await this.#sweep();
  }

  /** Remembers that the image was of use, so that it stays. */
  async touch(image: string): Promise<void> {
    const now = new Date();
    await utimes(image, now, now);
  }

  #pointer(arch: GuestArch): string {
    return path.join(this.folder, `current-${arch}.json`);
  }

  async #look(image: string): Promise<CachedImage> {
    const { blocks } = await stat(image);
    return { path: image, bytes: blocks * 512 };
  }

  async #sweep(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!/^[0-9a-f]{16}$/.test(name)) continue;
      const folder = path.join(this.folder, name);
      const times = await Promise.all(
        (await readdir(folder)).map(async (file) => (await stat(path.join(folder, file))).mtimeMs),
      );
      if (Date.now() - Math.max(0, ...times) > unusedForMs) await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Makes sure that a file's contents are on the disk before it gets its name. */
export async function flushFile(file: string): Promise<void> {
  await using handle = await open(file, 'r');
  await handle.sync();
}
