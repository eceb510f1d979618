/** The names that Tart gives to what it puts into a registry. All of them exact. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  vmConfig: 'application/vnd.cirruslabs.tart.config.v1',
  disk: 'application/vnd.cirruslabs.tart.disk.v2',
  nvram: 'application/vnd.cirruslabs.tart.nvram.v1',
} as const;

/** Lists of images for several platforms, which Tart does not make. */
export const indexTypes: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** Every kind of disk that a Tart has made or will. */
export const diskTypePrefix = 'application/vnd.cirruslabs.tart.disk.';

export const annotationKeys = {
  /** Of the manifest: length of the disk file, decimal. */
  diskBytes: 'org.cirruslabs.tart.uncompressed-disk-size',
  /** Of the manifest: ISO 8601, whole seconds, `Z`. */
  uploadedAt: 'org.cirruslabs.tart.upload-time',
  /** Of a disk layer: how many plain bytes it makes, decimal. */
  plainBytes: 'org.cirruslabs.tart.uncompressed-size',
  /** Of a disk layer: `sha256:` of its plain bytes. */
  plainDigest: 'org.cirruslabs.tart.uncompressed-content-digest',
} as const;

/** Label of the image config: `raw` or `asif`. */
export const diskFormatLabel = 'org.cirruslabs.tart.disk.format';
