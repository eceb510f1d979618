import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { hasCode } from '../../files/error-codes.ts';

/** The folder of one image under `cache/OCIs`: what it holds may be whole or not. */
export interface ImageFolder {
  /** `host/namespace@sha256:...` */
  readonly id: string;
  /** `host/namespace` */
  readonly repository: string;
  readonly digest: string;
  /** Absolute path. */
  readonly folder: string;
}

/** A tag beside it: a link that leads to the folder of a digest. */
interface TagLink {
  readonly repository: string;
  readonly tag: string;
  /** Absolute path of the link. */
  readonly path: string;
  /** The folder that it leads to, there or not; undefined if that is none of a digest beside it. */
  readonly folder: string | undefined;
}

/** Everything under `cache/OCIs` that is a link or the folder of a digest, and the folders between. */
export interface CacheScan {
  readonly images: readonly ImageFolder[];
  readonly links: readonly TagLink[];
  /** Absolute paths of the root and of those of hosts and namespaces, where images come and go. */
  readonly places: readonly string[];
}

const digestPattern = /^sha256:[0-9a-f]+$/i;

/** Where images are, under `cache` of a home. */
export function imagesRoot(cacheFolder: string): string {
  return path.join(cacheFolder, 'OCIs');
}

/** `cache/OCIs/<host>` of something below it. */
export function hostFolderOf(cacheFolder: string, inside: string): string {
  const root = imagesRoot(cacheFolder);
  const [host = ''] = path.relative(root, inside).split(path.sep);
  return path.join(root, host);
}

/**
 * Finds images and tags by the names of their folders. Never lists the folder of a digest itself: that would make it
 * look used, and access times say what pruning takes first.
 */
export function scanCache(cacheFolder: string): CacheScan {
  const found: { images: ImageFolder[]; links: TagLink[]; places: string[] } = { images: [], links: [], places: [] };
  const look = (folder: string, place: readonly string[]): void => {
    found.places.push(folder);
    const repository = repositoryOf(place);
    for (const entry of entriesOf(folder)) {
      const inside = path.join(folder, entry.name);
      if (entry.isSymbolicLink()) {
        const target = ifThere(() => readlinkSync(inside));
        if (target !== undefined)
          found.links.push({ repository, tag: entry.name, path: inside, folder: digestBehind(folder, target) });
      } else if (entry.isDirectory() && digestPattern.test(entry.name))
        found.images.push({ id: `${repository}@${entry.name}`, repository, digest: entry.name, folder: inside });
      else if (entry.isDirectory()) look(inside, [...place, entry.name]);
    }
  };
  look(imagesRoot(cacheFolder), []);
  return found;
}

/** Only the colon before a port is written as `%3A`, and only in the host (the first part). */
function repositoryOf([host = '', ...namespace]: readonly string[]): string {
  return [host.replaceAll(/%3A/gi, ':'), ...namespace].join('/');
}

/** Tart's tags are absolute links to a digest in the same folder. */
function digestBehind(folder: string, link: string): string | undefined {
  const target = path.resolve(folder, link);
  return path.dirname(target) === folder && digestPattern.test(path.basename(target)) ? target : undefined;
}

function entriesOf(folder: string): Dirent[] {
  // A cache that was never used is not there; asking costs less than an error.
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];
}

/** What another program deletes between two looks is not there. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
