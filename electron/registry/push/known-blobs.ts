import { readdirSync } from 'node:fs';
import path from 'node:path';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { scanCache } from '../cache/scan.ts';
import { type KnownLayer, readCachedManifest, readKnownLayers } from '../known-layers.ts';
import { type ProvenBlob, readProvenBlobs } from '../proven-blobs.ts';

/** A layer that is in some registry. */
export interface KnownBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  /** `host/namespace` of those that have it. */
  readonly repositories: ReadonlySet<string>;
}

/**
 * What ranges of plain bytes were packed to before, by other pushes or in images that were pulled: where one comes up
 * again, it need not be packed. Only what was proven here counts; manifests and the notes of machines merely say which
 * repositories may have it. Whether a registry still has it is for the registry to say.
 */
export class KnownBlobs {
  readonly #proven: ReadonlyMap<string, readonly ProvenBlob[]>;
  readonly #blobs = new Map<string, { digest: string; sizeBytes: number; repositories: Set<string> }>();
  /** Ranges that may be what they were, so that hashing them first is likely to be worth it. */
  readonly #places = new Set<string>();

  private constructor(proven: ReadonlyMap<string, readonly ProvenBlob[]>) {
    this.#proven = proven;
  }

  /** `vmFolder` is that of the VM that is pushed. */
  static find(home: Home, vmFolder: string): KnownBlobs {
    const known = new KnownBlobs(readProvenBlobs(home));
    for (const { folder, repository } of scanCache(home.cache).images)
      for (const layer of readCachedManifest(folder)?.disk ?? []) known.#addIfProven(layer, repository);
    for (const name of namesIn(home.vms)) known.#addMachine(path.join(home.vms, name));
    for (const layer of known.#addMachine(vmFolder)) known.#places.add(placeOf(layer.offsetBytes, layer.plainBytes));
    return known;
  }

  #addMachine(folder: string): readonly KnownLayer[] {
    const { repository, layers } = readKnownLayers(folder);
    for (const layer of layers) this.#addIfProven(layer, repository);
    return layers;
  }

  #addIfProven(layer: ProvenBlob, repository: string | undefined): void {
    const isProven = this.#proven
      .get(layer.plainDigest)
      ?.some(({ digest, sizeBytes }) => digest === layer.digest && sizeBytes === layer.sizeBytes);
    if (isProven === true) this.add(layer, repository);
  }

  /** What was packed just now, or found here. */
  add(
    { plainDigest, digest, sizeBytes }: Pick<KnownLayer, 'plainDigest' | 'digest' | 'sizeBytes'>,
    repository?: string,
  ): void {
    const blob = this.#blobs.get(plainDigest) ?? { digest, sizeBytes, repositories: new Set<string>() };
    // Another encoder's form of the same bytes is another blob; the first that was found is kept.
    if (blob.digest === digest && repository !== undefined) blob.repositories.add(repository);
    this.#blobs.set(plainDigest, blob);
  }

  of(plainDigest: string): KnownBlob | undefined {
    return this.#blobs.get(plainDigest);
  }

  /** Whether it is likely that a range of the disk is still what it was. */
  isLikelyKnown(offset: number, length: number): boolean {
    return this.#places.has(placeOf(offset, length));
  }
}

function placeOf(offset: number, length: number): string {
  return `${offset}+${length}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
