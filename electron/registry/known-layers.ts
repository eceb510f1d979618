import { rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readBoundedSync } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { replaceFile } from '../files/replace-file.ts';
import { tartFiles, tatinFiles } from '../library/layout.ts';
import { type DiskLayer, type ImageManifest, maxManifestBytes, parseManifest } from './manifest/manifest.ts';

/** What a range of a disk was in some registry, when that was last known. A guest may have written there since. */
export type KnownLayer = Pick<DiskLayer, 'digest' | 'sizeBytes' | 'plainDigest' | 'plainBytes' | 'offsetBytes'>;

export interface KnownLayers {
  /** `host/namespace` where the layers are, for mounting them elsewhere in the same registry. */
  readonly repository?: string | undefined;
  readonly layers: readonly KnownLayer[];
}

/** In a VM's folder, beside what Tart has there: which layers its disk was made of or pushed as. A hint, never a proof. */
const knownLayersFile = tatinFiles.knownLayers;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const whole = z.int().min(0);
const schema = z.object({
  repository: z.string().optional(),
  layers: z
    .array(z.object({ digest, sizeBytes: whole, plainDigest: digest, plainBytes: whole, offsetBytes: whole }))
    .max(100_000),
});

/** Of so many layers, each in less than 300 bytes. */
const maxKnownLayersBytes = 32 * 1024 ** 2;

/** What is known of a VM's disk; nothing if there is no file, or it can't be read. */
export function readKnownLayers(vmFolder: string): KnownLayers {
  try {
    const bytes = readBoundedSync(path.join(vmFolder, knownLayersFile), maxKnownLayersBytes);
    return schema.parse(parseBoundedJson(bytes.toString('utf8')));
  } catch (error) {
    return { layers: [] };
  }
}

/** Notes what a VM's disk is made of, e.g. after it was cloned from an image or pushed. */
export async function noteKnownLayers(
  vmFolder: string,
  repository: string,
  layers: readonly KnownLayer[],
): Promise<void> {
  const known = layers.map(({ digest, sizeBytes, plainDigest, plainBytes, offsetBytes }) => ({
    digest,
    sizeBytes,
    plainDigest,
    plainBytes,
    offsetBytes,
  }));
  const file = path.join(vmFolder, knownLayersFile);
  try {
    await replaceFile(file, JSON.stringify({ repository, layers: known }));
  } catch (error) {
    // Half a hint is none; and no hint costs time, not data.
    await rm(file, { force: true });
  }
}

/** The manifest that a cached image keeps; undefined if it has none (as Tart's first ones), or one that is no use. */
export function readCachedManifest(imageFolder: string): ImageManifest | undefined {
  try {
    return parseManifest(readBoundedSync(path.join(imageFolder, tartFiles.manifest), maxManifestBytes));
  } catch (error) {
    return undefined;
  }
}
