import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { copyFileSparsely } from '../files/copy.ts';
import { withUserErrors } from '../library/file-errors.ts';
import type { Home } from '../library/home.ts';
import { tartFiles } from '../library/layout.ts';
import { Staging } from '../library/staging.ts';
import { findImage, touchImage } from '../registry/cache/clone-image.ts';
import { hostPath } from './host-path.ts';
import { remoteName } from './image-names.ts';
import { splitDisk } from './run-paths.ts';

/**
 * Gives each `--disk` that names an image of the cache a copy of its disk, which the machine may write to and nobody
 * keeps: disposing of the result deletes it. A guest that has it open does not notice.
 */
export class ImageDisks implements AsyncDisposable {
  /** What was asked for, with paths of copies in place of names of images. */
  readonly disks: readonly string[];
  readonly #staging: Staging | undefined;

  private constructor(disks: readonly string[], staging: Staging | undefined) {
    this.disks = disks;
    this.#staging = staging;
  }

  /** @throws AppError `image-not-found` if it was not pulled, `no-space` */
  static async copy(home: Home, disks: readonly string[], signal: AbortSignal): Promise<ImageDisks> {
    const images = disks.map((text) => imageOf(home, text));
    if (images.every((folder) => folder === undefined)) return new ImageDisks(disks, undefined);
    const staging = await Staging.make(home);
    try {
      const copies = disks.map(async (text, index) => {
        const image = images[index];
        if (image === undefined) return text;
        const copy = path.join(staging.folder, `${index}.img`);
        await withUserErrors(home, `Copying ${text}`, () =>
          copyFileSparsely(path.join(image, tartFiles.disk), copy, `Copying ${text}`, {
            signal,
            onBytes: () => undefined,
          }),
        );
        await touchImage(image);
        const { options } = splitDisk(text);
        return options === undefined ? copy : `${copy}:${options}`;
      });
      return new ImageDisks(await Promise.all(copies), staging);
    } catch (error) {
      await staging[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#staging?.[Symbol.asyncDispose]();
  }
}

/** The folder of the image that is meant; undefined for a file. A file that is there comes first. */
function imageOf(home: Home, text: string): string | undefined {
  const { disk } = splitDisk(text);
  if (!disk.includes('/') || /^[./~]/.test(disk) || existsSync(hostPath(disk))) return undefined;
  const name = nameOrUndefined(disk);
  if (name === undefined) return undefined;
  const image = findImage(home, name);
  if (image !== undefined) return image.folder;
  throw new AppError('image-not-found', `${disk} is neither a file nor an image in the cache.`, {
    hint: `Pull it first, if it is an image: tatin pull ${name}`,
  });
}

/** What is not the name of an image can only be a file, and opening it reports if it is missing. */
function nameOrUndefined(disk: string): string | undefined {
  try {
    return remoteName(disk);
  } catch {
    return undefined;
  }
}
