import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import path from 'node:path';
import { readBoundedSync, RefusedFile } from '../files/bounded-file.ts';
import { hasCode } from '../files/error-codes.ts';
import { tartFiles } from '../library/layout.ts';
import { Limit, together } from './disk/limit.ts';
import { TransferWorkers } from './disk/transfer-workers.ts';
import { readCachedManifest } from './known-layers.ts';
import { type DiskLayer, type ImageManifest, digestOf, largestBlobBytes } from './manifest/manifest.ts';

/** What a cached image turned out to be. */
export interface ImageVerdict {
  /**
   * `whole`: every byte is what its manifest says. `unproven`: all files are there, but nothing says what they should
   * hold, as with images that Tart's first versions pulled.
   */
  readonly state: 'whole' | 'damaged' | 'unproven';
  /** One line each: "disk.img: layer 3 of 8 (sha256:...) is not what it should be". */
  readonly problems: readonly string[];
}

export interface VerifyOptions {
  readonly signal: AbortSignal;
  readonly progress?: ((bytesDone: number, bytesTotal: number) => void) | undefined;
}

/**
 * Compares an image of the cache with its manifest, byte for byte. Reads all of the disk but its holes.
 * @param folder `cache/OCIs/<host>/<namespace>/sha256:<hex>`
 */
export async function verifyCachedImage(folder: string, options: VerifyOptions): Promise<ImageVerdict> {
  const missing = [tartFiles.config, tartFiles.nvram, tartFiles.disk].filter(
    (leaf) => !existsSync(path.join(folder, leaf)),
  );
  if (missing.length > 0) return damaged(missing.map((leaf) => `${leaf} is missing`));
  const manifest = readCachedManifest(folder);
  if (manifest === undefined)
    return existsSync(path.join(folder, tartFiles.manifest))
      ? damaged(['manifest.json is not the manifest of an image'])
      : { state: 'unproven', problems: ['manifest.json is missing, so nothing says what the image should hold'] };
  const problems = [
    ...(manifest.digest === path.basename(folder) ? [] : [`manifest.json has the digest ${manifest.digest}`]),
    ...smallFileProblems(folder, manifest),
    ...(await diskProblems(path.join(folder, tartFiles.disk), manifest, options)),
  ];
  return problems.length === 0 ? { state: 'whole', problems } : damaged(problems);
}

function damaged(problems: readonly string[]): ImageVerdict {
  return { state: 'damaged', problems };
}

function smallFileProblems(folder: string, { vmConfig, nvram }: ImageManifest): string[] {
  const files = [
    { leaf: tartFiles.config, blob: vmConfig, maxBytes: largestBlobBytes.vmConfig },
    { leaf: tartFiles.nvram, blob: nvram, maxBytes: largestBlobBytes.nvram },
  ];
  return files.flatMap(({ leaf, blob, maxBytes }) => {
    try {
      const digest = digestOf(readBoundedSync(path.join(folder, leaf), maxBytes));
      return digest === blob.digest ? [] : [`${leaf} has the digest ${digest} instead of ${blob.digest}`];
    } catch (error) {
      if (error instanceof RefusedFile) return [`${leaf} ${error.message}`];
      throw error;
    }
  });
}

/** Two threads: the drive and a processor are busy then. */
const threads = 2;

async function diskProblems(
  file: string,
  manifest: ImageManifest,
  { signal, progress }: VerifyOptions,
): Promise<string[]> {
  const fd = openDisk(file);
  if (fd === undefined) return ['disk.img is missing'];
  try {
    const length = fstatSync(fd).size;
    if (length !== manifest.diskBytes) return [`disk.img has ${length} bytes instead of ${manifest.diskBytes}`];
    await using workers = new TransferWorkers(threads);
    const limit = new Limit(threads);
    const wrong: DiskLayer[] = [];
    let done = 0;
    const check = (layer: DiskLayer, stop: AbortSignal): Promise<void> =>
      limit.run(async () => {
        const range = { fd, offset: layer.offsetBytes, length: layer.plainBytes };
        const digest = await workers.run<'hash-range'>({ kind: 'hash-range', ...range }, { signal: stop });
        if (digest !== layer.plainDigest) wrong.push(layer);
        done += layer.plainBytes;
        progress?.(done, manifest.diskBytes);
      });
    await together(manifest.disk, check, signal);
    return wrong
      .sort((a, b) => a.index - b.index)
      .map(
        ({ index, digest }) =>
          `disk.img: layer ${index + 1} of ${manifest.disk.length} (${digest}) is not what it should be`,
      );
  } finally {
    closeSync(fd);
  }
}

function openDisk(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    // Deleted since it was looked for.
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
