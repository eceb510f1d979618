import type { GuestArch, GuestOs } from '../../contract/machine.ts';
import { printCompactJson } from './compact-json.ts';
import type { Blob, DiskLayer } from './manifest.ts';
import { annotationKeys, diskFormatLabel, mediaTypes } from './media-types.ts';

/** What a new manifest is made of. */
export interface ManifestParts {
  readonly imageConfig: Blob;
  readonly vmConfig: Blob;
  readonly disk: readonly Omit<DiskLayer, 'index' | 'offsetBytes'>[];
  readonly nvram: Blob;
  readonly uploadedAt: Date;
}

/** The manifest's bytes exactly as Tart would write them, so that a retag by Tart keeps the digest. */
export function printManifest({ imageConfig, vmConfig, disk, nvram, uploadedAt }: ManifestParts): Buffer {
  const diskBytes = disk.reduce((sum, layer) => sum + layer.plainBytes, 0);
  const text = printCompactJson({
    annotations: {
      [annotationKeys.diskBytes]: String(diskBytes),
      [annotationKeys.uploadedAt]: uploadedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    },
    config: { digest: imageConfig.digest, mediaType: mediaTypes.imageConfig, size: imageConfig.sizeBytes },
    layers: [
      plainLayer(vmConfig, mediaTypes.vmConfig),
      ...disk.map(({ digest, sizeBytes, plainBytes, plainDigest }) => ({
        annotations: {
          [annotationKeys.plainDigest]: plainDigest,
          [annotationKeys.plainBytes]: String(plainBytes),
        },
        digest,
        mediaType: mediaTypes.disk,
        size: sizeBytes,
      })),
      plainLayer(nvram, mediaTypes.nvram),
    ],
    mediaType: mediaTypes.manifest,
    schemaVersion: 2,
  });
  return Buffer.from(text);
}

/** Tart writes the empty object, and an absent one would be another digest. */
function plainLayer({ digest, sizeBytes }: Blob, mediaType: string) {
  return { annotations: {}, digest, mediaType, size: sizeBytes };
}

/** The OCI image config: what tools that know nothing of Tart show of an image. */
export function printImageConfig(vm: {
  readonly os: GuestOs;
  readonly arch: GuestArch;
  readonly diskFormat: 'raw' | 'asif';
  readonly labels: Readonly<Record<string, string>>;
}): Buffer {
  const labels = { ...vm.labels, [diskFormatLabel]: vm.diskFormat };
  return Buffer.from(printCompactJson({ architecture: vm.arch, config: { Labels: labels }, os: vm.os }));
}
