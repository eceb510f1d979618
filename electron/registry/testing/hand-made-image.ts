import { Limit } from '../disk/limit.ts';
import { encode, encodedBound, endMark } from '../disk/native.ts';
import type { RegistryClient } from '../client/registry-client.ts';
import { digestOf } from '../manifest/manifest.ts';
import { annotationKeys, mediaTypes } from '../manifest/media-types.ts';

/** A layer as its maker wants it to be: what is not said is true. */
export interface HandMadeLayer {
  readonly plain: Uint8Array;
  readonly blob?: Uint8Array;
  /** What the manifest says. */
  readonly said?: { readonly plainDigest?: string; readonly plainBytes?: string; readonly sizeBytes?: number };
}

export interface HandMadeImage {
  readonly manifest: Buffer;
  /** By digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly disk: Buffer;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations: Record<string, string>;
}

/** A manifest that can still be changed. */
export interface ManifestDraft {
  schemaVersion: number;
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations: Record<string, string>;
}

/** The config of a machine that any host could read. */
export const defaultVmConfig = {
  version: 1,
  os: 'linux',
  arch: 'arm64',
  cpuCountMin: 1,
  cpuCount: 2,
  memorySizeMin: 536_870_912,
  memorySize: 1_073_741_824,
  macAddress: '7a:65:e4:3f:a1:02',
  display: { width: 1024, height: 768 },
};

/** The blob of some plain bytes. */
export function packed(plain: Uint8Array): Buffer {
  const target = Buffer.alloc(encodedBound(plain.length));
  return Buffer.concat([target.subarray(0, encode(plain, plain.length, target)), endMark]);
}

/** An image in Tart's format, true or not: `change` has the last word about its manifest. */
export function handMadeImage(
  layers: readonly HandMadeLayer[],
  parts: {
    vmConfig?: Uint8Array;
    nvram?: Uint8Array;
    imageConfig?: Uint8Array;
    change?: (draft: ManifestDraft) => void;
  } = {},
): HandMadeImage {
  const blobs = new Map<string, Uint8Array>();
  const put = (mediaType: string, blob: Uint8Array, annotations: Record<string, string> = {}): Descriptor => {
    blobs.set(digestOf(blob), blob);
    return { mediaType, digest: digestOf(blob), size: blob.length, annotations };
  };
  const imageConfig = parts.imageConfig ?? Buffer.from('{"architecture":"arm64","config":{"Labels":{}},"os":"linux"}');
  const disk = layers.map(({ plain, blob = packed(plain), said = {} }) => {
    const descriptor = put(mediaTypes.disk, blob, {
      [annotationKeys.plainBytes]: said.plainBytes ?? String(plain.length),
      [annotationKeys.plainDigest]: said.plainDigest ?? digestOf(plain),
    });
    return { ...descriptor, size: said.sizeBytes ?? descriptor.size };
  });
  const draft: ManifestDraft = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: put(mediaTypes.imageConfig, imageConfig),
    layers: [
      put(mediaTypes.vmConfig, parts.vmConfig ?? Buffer.from(JSON.stringify(defaultVmConfig))),
      ...disk,
      put(mediaTypes.nvram, parts.nvram ?? Buffer.from('variables')),
    ],
    annotations: {},
  };
  parts.change?.(draft);
  return {
    manifest: Buffer.from(JSON.stringify(draft)),
    blobs,
    disk: Buffer.concat(layers.map(({ plain }) => plain)),
  };
}

/** Puts an image into a registry, blobs first; without a manifest only those. */
export async function publish(
  client: RegistryClient,
  { namespace, tag = 'latest' }: { namespace: string; tag?: string | undefined },
  { blobs, manifest }: Pick<HandMadeImage, 'blobs'> & { readonly manifest: Buffer | undefined },
): Promise<void> {
  const { signal } = new AbortController();
  const limit = new Limit(8);
  const send = ([digest, bytes]: [string, Uint8Array]): Promise<void> =>
    limit.run(async () => {
      const open = (offset: number): AsyncIterable<Uint8Array> => one(bytes.subarray(offset));
      await client.uploadBlob(namespace, { digest, sizeBytes: bytes.length, open }, { chunkBytes: 0, signal });
    });
  await Promise.all([...blobs].map(send));
  if (manifest !== undefined) await client.putManifest(namespace, tag, manifest, signal);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield await Promise.resolve(bytes);
}
