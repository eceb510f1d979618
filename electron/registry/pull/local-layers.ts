import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { cloneFile } from '../../files/posix.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';
import { scanCache } from '../cache/scan.ts';
import { isSealed } from '../cache/seal.ts';
import { type KnownLayer, readCachedManifest, readKnownLayers } from '../known-layers.ts';
import type { DiskLayer, ImageManifest } from '../manifest/manifest.ts';

/** A range of a disk of this home that may hold what a layer unpacks to. */
export interface LocalRange {
  readonly file: string;
  readonly offset: number;
}

/**
 * Layers that images of the cache and machines of the library are said to hold, by the digest of their plain bytes. It is
 * not believed: the code that uses a range hashes it, unless the whole disk is still as it was when it was verified.
 */
export class LocalLayers {
  readonly #home: Home;
  readonly #ranges = new Map<string, LocalRange[]>();

  private constructor(home: Home) {
    this.#home = home;
  }

  /** Looks through a home. An image's own folder can be left out. */
  static find(home: Home): LocalLayers {
    const local = new LocalLayers(home);
    for (const { folder } of scanCache(home.cache).images) local.#add(folder, readCachedManifest(folder)?.disk ?? []);
    for (const name of namesIn(home.vms)) {
      const folder = path.join(home.vms, name);
      local.#add(folder, readKnownLayers(folder).layers);
    }
    return local;
  }

  #add(folder: string, layers: readonly KnownLayer[]): void {
    const file = path.join(folder, tartFiles.disk);
    if (layers.length === 0 || statSync(file, { throwIfNoEntry: false }) === undefined) return;
    for (const { plainDigest, offsetBytes } of layers) {
      const ranges = this.#ranges.get(plainDigest) ?? [];
      ranges.push({ file, offset: offsetBytes });
      this.#ranges.set(plainDigest, ranges);
    }
  }

  /**
   * Clones the disk that has most in common with an image at the same places, where the file system can, and says which
   * of the image's layers are in the clone for certain: those of a disk that was verified and not touched since.
   */
  async cloneFromMostSimilar(manifest: ImageManifest, to: string): Promise<ReadonlySet<number>> {
    const alike = this.#maxAlike(manifest);
    if (alike === undefined) return new Set();
    const folder = path.dirname(alike);
    const wasSealed = isSealed(this.#home, folder);
    const isCloned = await cloneFile(alike, to);
    // Asked again, lest somebody wrote to it between the two.
    if (!isCloned || !wasSealed || !isSealed(this.#home, folder)) return new Set();
    const manifestThere = readCachedManifest(folder);
    // The folder is named by the manifest under which the disk was verified; another one says nothing of it.
    if (manifestThere?.digest !== path.basename(folder)) return new Set();
    const held = new Set(manifestThere.disk.map(keyOf));
    return new Set(manifest.disk.filter((layer) => held.has(keyOf(layer))).map(({ index }) => index));
  }

  /** Where such bytes may be. */
  of(plainDigest: string): readonly LocalRange[] {
    return this.#ranges.get(plainDigest) ?? [];
  }

  /** The disk that has most in common with an image at the same places: where it can be cloned, that is all copied. */
  #maxAlike({ disk }: ImageManifest): string | undefined {
    const shared = new Map<string, number>();
    for (const { plainDigest, plainBytes, offsetBytes } of disk)
      for (const { file, offset } of this.of(plainDigest))
        if (offset === offsetBytes) shared.set(file, (shared.get(file) ?? 0) + plainBytes);
    const [best] = [...shared].sort(([, a], [, b]) => b - a);
    return best?.[0];
  }
}

/** Which bytes a layer is, and where in the disk. */
function keyOf({ plainDigest, plainBytes, offsetBytes }: DiskLayer): string {
  return `${plainDigest} ${plainBytes} ${offsetBytes}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
