import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { AppError } from '../../contract/errors.ts';
import { annotationKeys, diskTypePrefix, indexTypes, mediaTypes } from './media-types.ts';

/** A blob of an image that is small enough to be held in memory. */
export interface Blob {
  readonly digest: string;
  /** In the registry. */
  readonly sizeBytes: number;
}

/** A piece of the disk: a blob that unpacks to a range of it. */
export interface DiskLayer extends Blob {
  /** Its place among the disk's layers, from 0. */
  readonly index: number;
  readonly plainDigest: string;
  readonly plainBytes: number;
  /** Where its range begins in the disk. */
  readonly offsetBytes: number;
}

/** An image of Tart's as its manifest describes it. Everything is within bounds, and the sizes agree with each other. */
export interface ImageManifest {
  /** `sha256:` of `bytes`. */
  readonly digest: string;
  /** As they came: another order of keys would be another image. */
  readonly bytes: Uint8Array;
  readonly imageConfig: Blob;
  readonly vmConfig: Blob;
  readonly nvram: Blob;
  /** In the order of the disk. */
  readonly disk: readonly DiskLayer[];
  /** Length of the disk file. */
  readonly diskBytes: number;
  /** Sum of all layers in the registry. */
  readonly downloadBytes: number;
  readonly uploadedAt?: Date | undefined;
}

/** Larger than a manifest of 10,000 layers; registries stop at 4 MiB too (OCI distribution specification). */
export const maxManifestBytes = 4 * 1024 ** 2;
/** Mac auxiliary storage has 33 MiB, and a config.json is a few hundred bytes. */
export const largestBlobBytes = { vmConfig: 1024 ** 2, nvram: 256 * 1024 ** 2, imageConfig: 4 * 1024 ** 2 } as const;
/** Beyond what any file system of these days holds in one file, and far below where doubles lose bytes. */
const largestDiskBytes = 64 * 1024 ** 4;

/** LZ4 describes at most 255 bytes by one (its block format), and frames cost more. */
const maxPackingRatio = 255;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a SHA-256 digest');
const size = z.int('is not a whole number').min(0, 'is negative').max(largestDiskBytes, 'is larger than any disk');
const annotations = z.record(z.string(), z.string()).optional();
const descriptor = z.object({ mediaType: z.string(), digest, size, annotations });
const manifestSchema = z.object({
  schemaVersion: z.literal(2, 'is not 2'),
  mediaType: z.literal(mediaTypes.manifest, 'is not that of an OCI image').optional(),
  config: descriptor,
  layers: z.array(descriptor).min(3, 'are too few'),
  annotations,
});
type Descriptor = z.infer<typeof descriptor>;

/** `sha256:` and hexadecimal of some bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Reads a manifest and makes sure that it describes a VM of Tart's that this program can rebuild to the last byte.
 * @throws AppError `image-not-supported` with the reason
 */
export function parseManifest(bytes: Uint8Array): ImageManifest {
  if (bytes.length > maxManifestBytes) throw notSupported('its manifest is larger than 4 MiB');
  const document = parseJson(bytes);
  refuseIndex(document);
  const parsed = manifestSchema.safeParse(document);
  if (!parsed.success) throw notSupported(describe(parsed.error.issues[0]));
  const { layers, config, annotations: notes = {} } = parsed.data;
  if (config.mediaType !== mediaTypes.imageConfig)
    throw notSupported(`its config is of type ${quoted(config.mediaType)}`);
  const { vmConfig, disk, nvram } = sortLayers(layers);
  const diskLayers = placeLayers(disk);
  const last = diskLayers.at(-1);
  const diskBytes = last === undefined ? 0 : last.offsetBytes + last.plainBytes;
  requireDiskBytes(notes[annotationKeys.diskBytes], diskBytes);
  const uploadedAt = readTime(notes[annotationKeys.uploadedAt]);
  return {
    digest: digestOf(bytes),
    bytes,
    imageConfig: blobOf(config, 'its image config', largestBlobBytes.imageConfig),
    vmConfig: blobOf(vmConfig, 'its VM config', largestBlobBytes.vmConfig),
    nvram: blobOf(nvram, 'its NVRAM', largestBlobBytes.nvram),
    disk: diskLayers,
    diskBytes,
    downloadBytes: layers.reduce((sum, layer) => sum + layer.size, 0),
    uploadedAt,
  };
}

/**
 * Refuses layers that say that they unpack to more than their bytes can, before anything is done for them.
 * @throws AppError `image-not-supported`
 */
export function requirePossibleLayers({ disk }: ImageManifest): void {
  for (const { index, sizeBytes, plainBytes } of disk)
    if (plainBytes > sizeBytes * maxPackingRatio)
      throw notSupported(
        `disk layer ${index + 1} of ${disk.length} says that it unpacks to ${plainBytes} bytes, which ${sizeBytes} can't`,
      );
}

function notSupported(reason: string, hint?: string): AppError {
  return new AppError('image-not-supported', `This is not an image that Tatin can use: ${reason}.`, { hint });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return parseBoundedJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw notSupported('its manifest is not JSON');
  }
}

function refuseIndex(document: unknown): void {
  const index = z.object({ mediaType: z.string().optional(), manifests: z.array(z.unknown()).optional() });
  const parsed = index.safeParse(document);
  if (!parsed.success) return;
  const { mediaType = '', manifests } = parsed.data;
  if (indexTypes.includes(mediaType) || manifests !== undefined)
    throw notSupported('it is a list of images for several platforms', 'Name one of them by its digest.');
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "its manifest can't be understood";
  const where = issue.path.length === 0 ? 'it' : issue.path.join('.');
  return `in its manifest, ${where.slice(0, 200)} ${issue.code === 'invalid_type' ? 'is missing or of another type' : issue.message}`;
}

/** Config, disk, NVRAM, in this order and with nothing between, as every Tart writes them and newer ones demand. */
function sortLayers(layers: readonly Descriptor[]): {
  vmConfig: Descriptor;
  disk: readonly Descriptor[];
  nvram: Descriptor;
} {
  for (const layer of layers) refuseUnknown(layer.mediaType);
  const [vmConfig, ...rest] = layers;
  const nvram = rest.pop();
  if (vmConfig?.mediaType !== mediaTypes.vmConfig) throw notSupported('its first layer is not the config of a VM');
  if (nvram?.mediaType !== mediaTypes.nvram) throw notSupported('its last layer is not the NVRAM of a VM');
  if (rest.some(({ mediaType }) => mediaType !== mediaTypes.disk))
    throw notSupported('it has more than one config or NVRAM, or they are in the wrong place');
  return { vmConfig, disk: rest, nvram };
}

function refuseUnknown(mediaType: string): void {
  const known: readonly string[] = [mediaTypes.vmConfig, mediaTypes.disk, mediaTypes.nvram];
  if (known.includes(mediaType)) return;
  if (mediaType === `${diskTypePrefix}v1`)
    throw notSupported(
      'its disk is in the first format of Tart, which no Tart of today reads either',
      'Ask its publisher to push it again.',
    );
  if (mediaType.startsWith(diskTypePrefix))
    throw notSupported(
      `a part of its disk is of type ${quoted(mediaType)}`,
      'It was made by a newer Tart, with stacked disks perhaps. Without that part the disk would be wrong, so nothing was fetched.',
    );
  throw notSupported(`it has a layer of type ${quoted(mediaType)}`, 'Is it a container image?');
}

function placeLayers(layers: readonly Descriptor[]): DiskLayer[] {
  let offsetBytes = 0;
  return layers.map(({ digest: name, size: sizeBytes, annotations: notes = {} }, index) => {
    const what = `disk layer ${index + 1} of ${layers.length}`;
    const plainBytes = wholeNumber(notes[annotationKeys.plainBytes], `the size of ${what}`);
    const plainDigest = digest.safeParse(notes[annotationKeys.plainDigest]);
    if (!plainDigest.success) throw notSupported(`${what} does not say what digest it unpacks to`);
    // Blocks may be stored, and be as small as one byte each beside eight of a header; nobody makes them so, and a blob
    // that is many times its content would only be a way to waste a connection.
    if (sizeBytes > plainBytes * 2 + 1024 ** 2) throw notSupported(`${what} is much larger than what it unpacks to`);
    const layer = { index, digest: name, sizeBytes, plainBytes, plainDigest: plainDigest.data, offsetBytes };
    offsetBytes += plainBytes;
    if (offsetBytes > largestDiskBytes) throw notSupported('its disk is larger than any file may be');
    return layer;
  });
}

function wholeNumber(text: string | undefined, what: string): number {
  if (text === undefined) throw notSupported(`${what} is missing`);
  if (!/^\d{1,16}$/.test(text) || Number(text) > largestDiskBytes) throw notSupported(`${what} is ${quoted(text)}`);
  return Number(text);
}

function requireDiskBytes(said: string | undefined, sum: number): void {
  if (said === undefined) return;
  const bytes = wholeNumber(said, 'the size of its disk');
  if (bytes !== sum) throw notSupported(`its disk should have ${bytes} bytes, and its layers make ${sum}`);
}

function blobOf({ digest: name, size: sizeBytes }: Descriptor, what: string, maxBytes: number): Blob {
  if (sizeBytes > maxBytes) throw notSupported(`${what} has ${sizeBytes} bytes, which no VM needs`);
  return { digest: name, sizeBytes };
}

function readTime(text: string | undefined): Date | undefined {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
