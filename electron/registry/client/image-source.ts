import type { Route } from '../disk/route.ts';

/** Where and how a worker thread may fetch a blob's bytes. */
export interface BlobRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly route?: Route | undefined;
}

/** What a pull asks of a registry. `RegistryClient` is one. */
export interface ImageSource {
  manifest(
    repository: string,
    tagOrDigest: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; digest: string }>;
  /** A small blob, verified. */
  blob(repository: string, digest: string, options: { maxBytes: number }, signal: AbortSignal): Promise<Uint8Array>;
  /** Calls `listener` when the registry asks to wait, with how long, until what is returned is disposed of. */
  onWait?(listener: (ms: number) => void): Disposable;
  /** Where a large one is; `again` after an answer that says that the last one does not hold any more. */
  blobRequest(
    repository: string,
    digest: string,
    signal: AbortSignal,
    options?: { again?: boolean },
  ): Promise<BlobRequest>;
}
