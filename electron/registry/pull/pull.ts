import { availableParallelism } from 'node:os';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { Layers } from '../../contract/job.ts';
import { parseConfig } from '../../library/config.ts';
import { ConfigError } from '../../files/config-error.ts';
import { hasCode } from '../../files/error-codes.ts';
import { deleteAtomically } from '../../library/delete-atomically.ts';
import type { Home } from '../../library/home.ts';
import { tartFiles } from '../../library/layout.ts';
import { requireSpace } from '../../files/space.ts';
import type { Work } from '../../jobs/work.ts';
import { proveAgain } from '../cache/prove-again.ts';
import { diskState, sealDisk } from '../cache/seal.ts';
import { TransferWorkers } from '../disk/transfer-workers.ts';
import { type Blob, type ImageManifest, digestOf, parseManifest, requirePossibleLayers } from '../manifest/manifest.ts';
import { type ProvenBlob, noteProvenBlobs } from '../proven-blobs.ts';
import { type RetryLimits, UntrueImage, defaultRetryLimits } from './fetch-layer.ts';
import { type FillContext, ZeroBudget, fillDisk } from './fill-disk.ts';
import {
  type ImagePlace,
  finishCutOff,
  imagePlace,
  isImageHere,
  isLinked,
  linkImage,
  placeImage,
  touch,
} from './image-place.ts';
import { type Reference, printReference } from '../../contract/reference.ts';
import { waitText } from '../../host/retry.ts';
import type { ImageSource } from '../client/image-source.ts';
import { LayerBoard } from './layer-board.ts';
import { LocalLayers } from './local-layers.ts';
import { PullFolder } from '../cache/pull-folder.ts';
import { pullErrors } from './pull-errors.ts';

export interface PullRequest {
  readonly reference: Reference;
  readonly client: ImageSource;
  readonly home: Home;
  /** Layers in flight at once; 4 as in Tart if not said, and never more than 16. */
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: Work['progress'];
  readonly onLayers?: ((layers: Layers) => void) | undefined;
  /** Called once it is known what is to be fetched and before anything is written: frees that many bytes on the cache's volume, or throws. */
  readonly makeRoom?: ((bytes: number) => Promise<void>) | undefined;
  /** For tests: how patient it is. */
  readonly endurance?: RetryLimits | undefined;
}

export interface PulledImage {
  /** Of the manifest. */
  readonly digest: string;
  /** Where it is in the cache. */
  readonly folder: string;
  /** `cached`: it was there under this name. `linked`: it was there under another. */
  readonly outcome: 'pulled' | 'linked' | 'cached';
}

/** Beside the disk: NVRAM, config, and what the file system needs. As Tart reckons. */
const roomBesideDisk = 128 * 1024 ** 2;

/** LZ4 packs zeros to a 230th; other encoders' headers may make it somewhat more. */
const packedZeros = 100;

/** Each connection has buffers of its own, and a hostile layer can make them 9 MB large. */
const maxConnections = 16;

/**
 * Brings an image into the cache, in the layout that Tart reads. Until it is there whole and verified to the last byte,
 * nothing of it is; what has come of a pull that ends early is kept, and the next goes on with it. Two pulls of one image
 * wait for each other, and then the second finds it there.
 * @throws AppError
 */
export async function pullImage(request: PullRequest): Promise<PulledImage> {
  const { reference, client, home, signal, progress } = request;
  return await pullErrors(home, reference, async () => {
    await home.prepare();
    using _waits = client.onWait?.((ms) => progress({ step: `The registry asks to wait ${waitText(ms)}` }));
    progress({ step: 'Reading the manifest' });
    const manifest = await readManifest(client, reference, signal);
    const place = imagePlace(home, reference, manifest.digest);
    return await despiteDeletion(
      async () => (await useCached(request, manifest, place)) ?? (await fetchImage(request, manifest, place)),
    );
  });
}

/** How often an image may be deleted under a pull of it: by a person, a prune, or Tart. */
const maxDeletions = 5;

/** Begins anew where something that was there is gone: deleting holds other locks than pulling. */
async function despiteDeletion<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      if (attempt < maxDeletions) continue;
      throw new AppError('image-unavailable', 'The image was deleted again and again while it was pulled.', {
        hint: 'Does another program empty the cache? Try again when it is done.',
        retry: true,
        cause: error,
      });
    }
}

/** Reads and checks the manifest that a name leads to. @throws AppError `image-not-supported`, `image-damaged` */
export async function readManifest(client: ImageSource, name: Reference, signal: AbortSignal): Promise<ImageManifest> {
  const { bytes } = await client.manifest(name.namespace, name.digest ?? name.tag, signal);
  const manifest = parseManifest(bytes);
  requirePossibleLayers(manifest);
  if (name.digest !== undefined && name.digest !== manifest.digest)
    throw new AppError(
      'image-damaged',
      `The registry sent a manifest with the digest ${manifest.digest} instead of ${name.digest}.`,
    );
  return manifest;
}

async function useCached(
  { home, signal, progress }: PullRequest,
  manifest: ImageManifest,
  place: ImagePlace,
): Promise<PulledImage | undefined> {
  if (!isImageHere(place.folder, manifest.diskBytes)) return undefined;
  if (!(await proveAgain(home, place.folder, { signal, progress }))) {
    await deleteAtomically(home, place.folder);
    return undefined;
  }
  const outcome = isLinked(place) ? 'cached' : 'linked';
  if (outcome === 'cached') await touch(place.folder);
  else await linkImage(home, place, path.join(home.cache, 'Tatin'), signal);
  await finishCutOff(home, manifest.digest, place);
  return { digest: manifest.digest, folder: place.folder, outcome };
}

async function fetchImage(request: PullRequest, manifest: ImageManifest, place: ImagePlace): Promise<PulledImage> {
  const { home, signal, progress } = request;
  const local = LocalLayers.find(home);
  let cloned: ReadonlySet<number> = new Set();
  using folder = await PullFolder.open(home, manifest.digest, manifest.diskBytes, {
    signal,
    onWait: () => progress({ step: 'Waiting for another pull of this image' }),
    prepare: async (disk) => {
      cloned = await local.cloneFromMostSimilar(manifest, disk);
    },
  });
  // The pull that was waited for has brought it.
  const brought = await useCached(request, manifest, place);
  if (brought === undefined) {
    await request.makeRoom?.(Math.max(roomFor(manifest) - folder.allocatedBytes(), 0));
    await requireRoom(request, manifest, folder, cloned);
    try {
      await fetchFiles(request, manifest, folder);
      await fetchDisk(request, manifest, folder, { local, cloned });
    } catch (error) {
      // What can never become an image is not kept for going on.
      if (error instanceof UntrueImage) await folder.discard();
      throw error;
    }
    progress({ step: 'Putting it in place' });
    folder.flush();
    folder.write(tartFiles.manifest, manifest.bytes);
    const verified = diskState(folder.image);
    const { lockMs } = request.endurance ?? defaultRetryLimits;
    await placeImage(home, place, folder.image, folder.folder, manifest.diskBytes, signal, lockMs);
    if (verified !== undefined) sealDisk(home, place.folder, verified);
  }
  await folder.discard();
  return brought ?? { digest: manifest.digest, folder: place.folder, outcome: 'pulled' };
}

/** @throws AppError `no-space` where it is certain now that the image does not fit beside the reserve */
async function requireRoom(
  { home, reference }: PullRequest,
  manifest: ImageManifest,
  folder: PullFolder,
  cloned: ReadonlySet<number>,
): Promise<void> {
  try {
    const needed = certainBytes(manifest, cloned) - folder.allocatedBytes();
    await requireSpace(home.cache, Math.max(needed, 0), `Pulling ${printReference(reference)}`);
  } catch (error) {
    if (folder.states.size === 0) await folder.discard();
    throw error;
  }
}

/** What an image takes at least: its layers hold no fewer bytes than they are packed to, but for their zeros. */
function certainBytes({ disk, vmConfig, nvram }: ImageManifest, cloned: ReadonlySet<number>): number {
  const layers = disk.filter(({ index }) => !cloned.has(index));
  const data = layers.map(({ sizeBytes, plainBytes }) => Math.max(sizeBytes - plainBytes / packedZeros, 0));
  return Math.floor(data.reduce((sum, bytes) => sum + bytes, 0) + vmConfig.sizeBytes + nvram.sizeBytes);
}

async function fetchDisk(
  request: PullRequest,
  manifest: ImageManifest,
  folder: PullFolder,
  { local, cloned }: Pick<FillContext, 'local' | 'cloned'>,
): Promise<void> {
  const { client, reference, signal, progress, onLayers, endurance = defaultRetryLimits } = request;
  const concurrency = Math.min(Math.max(request.concurrency ?? 4, 1), maxConnections);
  using board = new LayerBoard(
    manifest.disk.map(({ sizeBytes }) => sizeBytes),
    (bytesDone, bytesTotal, layers) => {
      progress({ step: 'Fetching the disk', bytesDone, bytesTotal, layers });
      onLayers?.(layers);
    },
  );
  board.tell();
  // Writes go past the cache and wait for the drive, so more threads than processors keep both busy.
  await using workers = new TransferWorkers(Math.min(concurrency, Math.max(4, availableParallelism()), 8));
  const proven: ProvenBlob[] = [];
  try {
    await fillDisk({
      manifest,
      folder,
      workers,
      source: client,
      repository: reference.namespace,
      local,
      cloned,
      zeros: new ZeroBudget(),
      onProvenBlob: (blob) => proven.push(blob),
      board,
      concurrency,
      endurance,
      onWait: (ms) => progress({ step: `The registry asks to wait ${waitText(ms)}` }),
      signal,
    });
  } finally {
    noteProvenBlobs(request.home, proven);
  }
}

async function fetchFiles(request: PullRequest, manifest: ImageManifest, folder: PullFolder): Promise<void> {
  const config = await fetchFile(request, manifest.vmConfig, 'VM config');
  requireConfig(config);
  folder.write(tartFiles.config, config);
  folder.write(tartFiles.nvram, await fetchFile(request, manifest.nvram, 'NVRAM'));
}

/** As with layers: something on the way may have changed it once. */
const attemptsOfDamaged = 3;

async function fetchFile({ client, reference, signal }: PullRequest, blob: Blob, what: string): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++)
    try {
      const bytes = await client.blob(reference.namespace, blob.digest, { maxBytes: blob.sizeBytes }, signal);
      if (bytes.length === blob.sizeBytes && digestOf(bytes) === blob.digest) return bytes;
      throw new AppError(
        'image-damaged',
        `The registry's ${what} (${blob.digest}) is damaged: what came has another digest.`,
        { retry: true },
      );
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'image-damaged') || attempt === attemptsOfDamaged) throw error;
    }
}

/** An image whose config nobody can read would be a VM that nobody can start. */
function requireConfig(bytes: Uint8Array): void {
  try {
    parseConfig(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new AppError('image-not-supported', `This is not an image that Tatin can use: ${error.message}.`, {
      cause: error,
    });
  }
}

/** What a pull wants free before it writes. */
export function roomFor(manifest: ImageManifest): number {
  return manifest.diskBytes + roomBesideDisk;
}
