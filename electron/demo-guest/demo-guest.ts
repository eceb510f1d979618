import { mkdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { GuestArch } from '../contract/machine.ts';
import { copyFileSparsely } from '../files/copy.ts';
import { withFolderLock } from '../files/locks.ts';
import type { Work } from '../jobs/work.ts';
import { prepareImage, recipeHash } from './build-image.ts';
import { whyNotBuildable } from './build-tools.ts';
import { flushFile, ImageCache } from './image-cache.ts';

/** Before one is built: what it took when this was written, rounded up. */
const expectedBytes = 50_000_000;

export interface DemoGuestOptions {
  /** Where images are kept between runs. */
  cacheFolder: string;
  /** Holds `assets/demo-guest`. */
  projectRoot: string;
}

/** Whether a VM can be made from the demo guest, and what it takes. */
export interface DemoGuestStatus {
  available: boolean;
  /** Bytes that a new VM takes on disk. */
  bytes: number;
  /** Why it is not available, in the user's words. */
  reason?: string;
}

/**
 * Demo Linux: a small guest that is built here from Debian packages by the recipe in `assets/demo-guest`, kept in the
 * cache, and built again only when the recipe changes.
 */
export class DemoGuest {
  readonly #cache: ImageCache;
  readonly #assets: string;

  constructor({ cacheFolder, projectRoot }: DemoGuestOptions) {
    this.#cache = new ImageCache(path.join(cacheFolder, 'demo-guest'));
    this.#assets = path.join(projectRoot, 'assets/demo-guest');
  }

  /** What the guest calls itself, as os-release(5) says it: "Demo Linux 1". */
  async systemName(): Promise<string> {
    const text = await readFile(path.join(this.#assets, 'root/etc/os-release'), 'utf8');
    return /^PRETTY_NAME="(?<name>.+)"$/m.exec(text)?.groups?.name ?? 'Demo Linux';
  }

  /** Looks only; takes milliseconds. */
  async status(arch: GuestArch): Promise<DemoGuestStatus> {
    const image = await this.#cache.find(arch, await recipeHash(this.#assets));
    if (image !== undefined) return { available: true, bytes: image.bytes };
    const reason = await whyNotBuildable();
    return { available: reason === undefined, bytes: expectedBytes, ...(reason === undefined ? {} : { reason }) };
  }

  /**
   * The path of the image, which is built first if it has to be. Others must not write to it. Two builders at once,
   * also of different processes, build one image.
   * @throws AppError `image-unavailable`; the signal's reason if called off
   */
  async build(arch: GuestArch, work: Work): Promise<string> {
    const recipe = await recipeHash(this.#assets);
    const found = await this.#cache.find(arch, recipe);
    if (found !== undefined) return found.path;
    const reason = await whyNotBuildable();
    if (reason !== undefined) throw new AppError('image-unavailable', reason);
    const workshop = path.join(this.#cache.folder, `building-${arch}`);
    await mkdir(workshop, { recursive: true });
    work.progress({ step: 'Preparing the demo guest' });
    return withFolderLock(
      workshop,
      async () => (await this.#cache.find(arch, recipe))?.path ?? this.#buildIn(workshop, arch, recipe, work),
      work.signal,
    );
  }

  /** What {@link Library.create} fills a new disk with. The disk keeps its length, unless the image is longer. */
  fill(arch: GuestArch): (disk: { path: string; folder: string }, work: Work) => Promise<void> {
    return async (disk, work) => {
      const image = await this.build(arch, work);
      await this.#cache.touch(image);
      work.progress({ step: 'Copying the demo guest' });
      const { size } = await stat(disk.path);
      const copy = path.join(disk.folder, `.${path.basename(disk.path)}.demo`);
      try {
        await copyFileSparsely(image, copy, 'Making a virtual machine from the demo guest', {
          signal: work.signal,
          onBytes: (bytesDone, bytesTotal) => work.progress({ bytesDone, bytesTotal }),
        });
        if ((await stat(copy)).size < size) await truncate(copy, size);
        await rename(copy, disk.path);
      } finally {
        await rm(copy, { force: true });
      }
    };
  }

  /** `workshop` is locked, so what an earlier builder left there is nobody's. */
  async #buildIn(workshop: string, arch: GuestArch, recipe: string, work: Work): Promise<string> {
    const workFolder = path.join(workshop, 'work');
    await rm(workFolder, { recursive: true, force: true });
    await mkdir(workFolder);
    try {
      const ingredients = await prepareImage({
        arch,
        assets: this.#assets,
        workFolder,
        signal: work.signal,
        step: (step) => work.progress({ step }),
      });
      const key = this.#cache.keyOf(recipe, ingredients);
      const image = this.#cache.imagePath(arch, key);
      if ((await this.#cache.get(arch, key)) === undefined) {
        const aside = path.join(workFolder, 'disk.img');
        await ingredients.makeImage(aside);
        await flushFile(aside);
        await mkdir(path.dirname(image), { recursive: true });
        await rename(aside, image);
      }
      await this.#cache.choose(arch, recipe, key);
      return image;
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }
}
