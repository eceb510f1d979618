import { existsSync, statSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { AppError } from '../../contract/errors.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { reserveBytes } from '../../files/space.ts';
import type { Library, LibraryVm } from '../../library/library.ts';
import type { Work } from '../../jobs/work.ts';
import { knownTitle } from '../catalog.ts';
import { noteKnownLayers, readCachedManifest } from '../known-layers.ts';
import { proveAgain } from './prove-again.ts';
import { makeRoom } from './prune.ts';
import { imageNotFound } from './remove.ts';
import { type ImageFolder, scanCache } from './scan.ts';

/** An image of the cache by its id or by a tag, `host/namespace:tag`; undefined if it is not there. */
export function findImage(home: Home, name: string): ImageFolder | undefined {
  const { images, links } = scanCache(home.cache);
  const folder = links.find(({ repository, tag }) => `${repository}:${tag}` === name)?.folder;
  return images.find((image) => image.id === name || image.folder === folder);
}

/** {@link findImage} for an image that must be there. @throws AppError `image-not-found` */
export function requireImage(home: Home, name: string): ImageFolder {
  const image = findImage(home, name);
  if (image === undefined) throw imageNotFound(name);
  return image;
}

/** What it takes to make a VM from an image, and nothing that others see of it. @throws AppError `image-not-found`, `image-damaged` */
export function readImage(library: Library, name: string): { image: ImageFolder; source: LibraryVm } {
  const image = findImage(library.home, name);
  const source = image === undefined ? undefined : library.inspector.inspect(name, image.folder);
  if (image === undefined || source === undefined) throw imageNotFound(name);
  if (source.kind === 'machine') return { image, source };
  throw new AppError('image-damaged', `${name} can't be used: ${source.reason}.`, {
    hint: 'Delete it, and pull it again.',
  });
}

/**
 * Makes a VM from an image of the cache: its config, firmware variables and disk, with a network address of its own if
 * another VM has the image's. The disk shares its blocks with the image where the file system can, else what is no hole
 * is copied, and old images make room for that if they must.
 * @param pruneLimitBytes also makes room, at most so much, for what the guest can write to its disk later, as `tart clone`
 * @throws AppError `image-not-found`, `image-damaged`, `name-not-allowed`, `vm-exists`, `no-space`, `cancelled`
 */
export async function cloneImage(
  library: Library,
  name: string,
  newName: string,
  work: Work,
  pruneLimitBytes = 0,
): Promise<LibraryVm> {
  const found = readImage(library, name);
  try {
    return await makeMachine(library, { name, ...found }, newName, work, pruneLimitBytes);
  } catch (error) {
    // Another program deleted it before anything of it was held.
    if (!existsSync(found.image.folder)) throw imageNotFound(name, error);
    throw error;
  }
}

async function makeMachine(
  library: Library,
  { name, image, source }: { readonly name: string } & ReturnType<typeof readImage>,
  newName: string,
  work: Work,
  pruneLimitBytes: number,
): Promise<LibraryVm> {
  if (!(await proveAgain(library.home, image.folder, work)))
    throw new AppError('image-damaged', `The disk of ${name} is not what the image's manifest says.`, {
      hint: 'An older Tatin pulled it, and trusted another image for a part of it. Pull it again.',
    });
  await touchImage(image.folder);
  const annotations = { image: image.id, system: knownTitle(image.repository) ?? '' };
  const make = () => library.makeFrom(source, newName, annotations, work);
  const made = await make().catch(async (error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'no-space') throw error;
    const needed = source.allocatedBytes + (await reserveBytes(library.home.path));
    const freed = await makeRoom(library.home, needed, work, image.folder);
    if (freed === 0) throw error;
    return await make();
  });
  const manifest = readCachedManifest(image.folder);
  // So that a push of it need not look at what the guest has not changed.
  if (manifest !== undefined) await noteKnownLayers(made.folder, image.repository, manifest.disk);
  const canGrow = Math.min(Math.max(0, made.diskBytes - made.allocatedBytes), pruneLimitBytes);
  if (canGrow > 0) await makeRoom(library.home, canGrow, work, image.folder);
  return made;
}

/** Notes a use in Tart's way: the access time becomes now, the modification time what the access time was. */
export async function touchImage(folder: string): Promise<void> {
  const status = statSync(folder, { throwIfNoEntry: false });
  // Deleted just now, which the next use of it finds out.
  if (status === undefined) return;
  await utimes(folder, Math.floor(Date.now() / 1000), Math.floor(status.atimeMs / 1000)).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}
