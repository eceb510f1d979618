import type { ImageSource } from './image-source.ts';

/** Bytes to put into a registry. */
export interface Upload {
  /** Where it is known before the first byte is. Otherwise `finish` says it when all have been read. */
  readonly digest?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** The bytes from an offset on, again for each attempt. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>;
  /** Asked for after the last byte of {@link open} was read. */
  readonly finish?: (() => string) | undefined;
}

interface UploadOptions {
  /** Pieces of an upload, in bytes; 0 sends all in one request. */
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
}

/** What a push asks of a registry. `RegistryClient` is one. */
export interface PushTarget extends ImageSource {
  /** The blob's size if the repository has it. */
  hasBlob(repository: string, digest: string, signal: AbortSignal): Promise<number | undefined>;
  /** Lets a repository have a blob of another one of the same registry; false if the registry does not do that. */
  mountBlob(repository: string, digest: string, fromRepository: string, signal: AbortSignal): Promise<boolean>;
  uploadBlob(repository: string, upload: Upload, options: UploadOptions): Promise<void>;
  putManifest(repository: string, tag: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
}
