import { AppError } from '../../contract/errors.ts';
import { withUserErrors } from '../../library/file-errors.ts';
import type { Home } from '../../library/home.ts';
import type { Work } from '../../jobs/work.ts';
import { type Reference, repositoryOf } from '../../contract/reference.ts';
import { imagePlace, linkImage } from '../pull/image-place.ts';
import path from 'node:path';
import { readBoundedSync } from '../../files/bounded-file.ts';
import { tartFiles } from '../../library/layout.ts';
import { type Blob, maxManifestBytes, parseManifest } from '../manifest/manifest.ts';
import { byRepository, type RepositoryTags } from './push.ts';
import type { PushTarget } from '../client/push-target.ts';
import { copyBlob } from './copy-blob.ts';

export interface RetagRequest {
  /** Of the image in the cache. */
  readonly imageFolder: string;
  /** Where it came from; its layers are there. */
  readonly from: Pick<Reference, 'host' | 'namespace'>;
  readonly home: Home;
  /** Where to; tags only. */
  readonly references: readonly Reference[];
  readonly clientOf: (host: string) => PushTarget;
  readonly chunkBytes?: number | undefined;
  /** Lets the new tags lead to it in the cache too. */
  readonly populateCache?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly progress: Work['progress'];
}

/**
 * Gives an image of the cache further tags. In its own repository that is one request each; elsewhere in the same
 * registry its layers are mounted, and only where that can't be are they sent, from registry to registry.
 * @returns the digest, which stays the same
 * @throws AppError `image-unavailable` if the cache does not have its manifest, and those of the registry
 */
export async function retagImage(request: RetagRequest): Promise<{ digest: string }> {
  const { imageFolder, home, references, populateCache = false, signal } = request;
  return await withUserErrors(home, `Pushing ${path.basename(imageFolder)}`, async () => {
    const bytes = readManifestBytes(imageFolder);
    const manifest = parseManifest(bytes);
    if (manifest.digest !== path.basename(imageFolder))
      throw new AppError(
        'image-unavailable',
        'The manifest that the cache keeps of this image is not the one that was pulled.',
        { hint: 'Pull it again, then push.' },
      );
    const blobs = [manifest.vmConfig, ...manifest.disk, manifest.nvram, manifest.imageConfig];
    for (const repository of byRepository(references)) await retagIn(request, repository, uniqueBlobs(blobs), bytes);
    if (populateCache)
      for (const reference of references) {
        const place = imagePlace(home, reference, manifest.digest);
        if (place.folder === imageFolder) await linkImage(home, place, path.join(home.cache, 'Tatin'), signal);
      }
    return { digest: manifest.digest };
  });
}

async function retagIn(
  request: RetagRequest,
  repository: RepositoryTags,
  blobs: readonly Blob[],
  manifest: Uint8Array,
): Promise<void> {
  const { from, clientOf, signal, progress } = request;
  const target = clientOf(repository.host);
  const { namespace } = repository;
  if (from.host !== repository.host || from.namespace !== namespace) {
    const bytesTotal = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    let bytesDone = 0;
    for (const blob of blobs) {
      progress({
        step: `Sending layers to ${repositoryOf(repository)}`,
        bytesDone,
        bytesTotal,
      });
      await bring(request, blob, repository, target);
      bytesDone += blob.sizeBytes;
    }
  }
  for (const tag of repository.tags) await target.putManifest(namespace, tag, manifest, signal);
}

async function bring(
  { from, clientOf, chunkBytes = 0, signal }: RetagRequest,
  blob: Blob,
  { host, namespace }: RepositoryTags,
  target: PushTarget,
): Promise<void> {
  if ((await target.hasBlob(namespace, blob.digest, signal)) !== undefined) return;
  if (from.host === host && (await target.mountBlob(namespace, blob.digest, from.namespace, signal))) return;
  await copyBlob(blob, {
    source: clientOf(from.host),
    fromNamespace: from.namespace,
    target,
    namespace,
    chunkBytes,
    signal,
  });
}

function readManifestBytes(imageFolder: string): Uint8Array {
  try {
    return readBoundedSync(path.join(imageFolder, tartFiles.manifest), maxManifestBytes);
  } catch (error) {
    throw new AppError(
      'image-unavailable',
      'The cache does not keep the manifest of this image, so it can only be pushed by the Tart that pulled it.',
      { hint: 'Pull it again, then push.', cause: error },
    );
  }
}

function uniqueBlobs(blobs: readonly Blob[]): Blob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
