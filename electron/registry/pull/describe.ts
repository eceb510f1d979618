import { readlinkSync } from 'node:fs';
import type { ImageDescription } from '../../contract/images.ts';
import type { Home } from '../../library/home.ts';
import { freeBytes, reserveBytes } from '../../files/space.ts';
import { candidateInfo, isAutomaticPruningOff, planRoom } from '../cache/prune.ts';
import { type Reference, printReference } from '../../contract/reference.ts';
import { parseImageConfig } from '../manifest/image-config.ts';
import type { DiskLayer, ImageManifest } from '../manifest/manifest.ts';
import { imagePlace, isImageHere, isLinked } from './image-place.ts';
import type { ImageSource } from '../client/image-source.ts';
import type { LayerState } from '../disk/journal-lines.ts';
import { LocalLayers } from './local-layers.ts';
import { pullErrors } from './pull-errors.ts';
import { journalOf, unfinishedPulls } from '../cache/pull-folder.ts';
import { readManifest, roomFor } from './pull.ts';

/**
 * Asks a registry about an image, and says what a pull of it would do here. Writes nothing.
 * @throws AppError
 */
export async function describeImage(request: {
  readonly reference: Reference;
  readonly client: ImageSource;
  readonly home: Home;
  readonly signal: AbortSignal;
}): Promise<ImageDescription> {
  const { reference, client, home, signal } = request;
  return await pullErrors(home, reference, async () => {
    await home.prepare();
    const manifest = await readManifest(client, reference, signal);
    const { digest: configDigest, sizeBytes: maxBytes } = manifest.imageConfig;
    const { os, arch, labels } = parseImageConfig(
      await client.blob(reference.namespace, configDigest, { maxBytes }, signal),
    );
    const here = whatIsHere(home, reference, manifest);
    const free = await freeBytes(home.cache);
    const needed = here.state === 'cached' ? 0 : stillNeeded(home, manifest);
    return {
      reference: printReference(reference),
      digest: manifest.digest,
      os,
      arch,
      diskBytes: manifest.diskBytes,
      downloadBytes: manifest.downloadBytes,
      ...here,
      layerCount: manifest.disk.length,
      uploadedAt: manifest.uploadedAt?.toISOString(),
      neededBytes: needed,
      freeBytes: free,
      shortBytes: Math.max(needed - free, 0),
      prunedFirst: (await planRoom(home, needed + (await reserveBytes(home.cache)))).map(candidateInfo),
      isPruningOff: isAutomaticPruningOff(),
      labels: { ...labels },
    };
  });
}

/** The room that a pull will ask for before it fetches: what is there of one that was cut off, it has already. */
function stillNeeded(home: Home, manifest: ImageManifest): number {
  const begun = unfinishedPulls(home).find(({ digest }) => digest === manifest.digest);
  return Math.max(roomFor(manifest) - (begun?.allocatedBytes ?? 0), 0);
}

function whatIsHere(
  home: Home,
  reference: Reference,
  manifest: ImageManifest,
): Pick<ImageDescription, 'hereBytes' | 'state'> {
  const place = imagePlace(home, reference, manifest.digest);
  if (isImageHere(place.folder, manifest.diskBytes)) return { hereBytes: manifest.downloadBytes, state: 'cached' };
  const journal = journalOf(home, manifest.digest);
  const local = LocalLayers.find(home);
  const hereBytes = manifest.disk.reduce((sum, layer) => sum + hereOf(layer, journal.get(layer.index), local), 0);
  if (journal.size > 0) return { hereBytes, state: 'partial' };
  const wasElsewhere = place.link !== undefined && !isLinked(place) && linkTarget(place.link) !== undefined;
  return { hereBytes, state: wasElsewhere ? 'moved' : 'new' };
}

function hereOf(layer: DiskLayer, state: LayerState | undefined, local: LocalLayers): number {
  if (state === 'done' || local.of(layer.plainDigest).length > 0) return layer.sizeBytes;
  return Math.min(state?.encoded ?? 0, layer.sizeBytes);
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    return undefined;
  }
}
