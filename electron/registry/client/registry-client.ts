import { createHash } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import type { BlobRequest } from './image-source.ts';
import type { Upload } from './push-target.ts';
import { type Access, Authorization } from './authorization.ts';
import { findBlob } from './blob-places.ts';
import { type CredentialSource, noCredentials } from './credentials.ts';
import { Http, type HttpOptions } from './http.ts';
import { mountBlob } from './mount-blob.ts';
import { Requests } from './requests.ts';
import { type RetryPolicy, defaultRetries } from '../../host/retry.ts';
import { listTags } from './tags.ts';
import { type UploadOptions, uploadBlob } from './uploads.ts';

/**
 * One registry, by the distribution specification (v2). Repositories are named without the host, digests are
 * `sha256:<hex>`. What fails for a moment is tried again with growing pauses; what fails for good is thrown as an AppError:
 * `login-required`, `login-refused`, `keychain-locked`, `image-not-found`, `image-damaged`, `registry-refused`,
 * `registry-unreachable`, `certificate-not-trusted`. An abort rejects with the signal's reason.
 */
export interface RegistryClient extends AsyncDisposable {
  /** `host[:port]` */
  readonly host: string;
  /** The manifest (or index) as it is in the registry, at most 4 MiB; `digest` is that of its bytes. */
  manifest(
    repository: string,
    tagOrDigest: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; digest: string; mediaType: string }>;
  /** At most `limit` tags in the registry's order, and whether there are more. */
  tags(repository: string, options: { limit: number }, signal: AbortSignal): Promise<{ tags: string[]; more: boolean }>;
  /** The blob's size if the repository has it. */
  hasBlob(repository: string, digest: string, signal: AbortSignal): Promise<number | undefined>;
  /** A small blob, verified. */
  blob(repository: string, digest: string, options: { maxBytes: number }, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Where and with which headers a blob's bytes can be fetched right now, redirects followed: to other servers nothing of ours is
   * sent. `again`: what was said last did not work.
   */
  blobRequest(
    repository: string,
    digest: string,
    signal: AbortSignal,
    options?: { again?: boolean },
  ): Promise<BlobRequest>;
  /** Lets a repository have a blob of another one of the same registry; false if the registry does not do that. */
  mountBlob(repository: string, digest: string, fromRepository: string, signal: AbortSignal): Promise<boolean>;
  /** Sends a blob. After a failure `open` is called again with the offset from which bytes are missing. */
  uploadBlob(repository: string, upload: Upload, options: UploadOptions): Promise<void>;
  /** Last of a push: gives the image its tag. */
  putManifest(repository: string, tag: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Calls `listener` when the registry asks to wait, with how long, until what is returned is disposed of. */
  onWait(listener: (ms: number) => void): Disposable;
  /** Makes sure that there is a registry and, if it wants one, that the login is good. */
  ping(signal: AbortSignal): Promise<void>;
}

export interface RegistryOptions extends HttpOptions {
  /** Speaks http, as Tart's --insecure. */
  readonly insecure?: boolean | undefined;
  readonly credentials?: CredentialSource | undefined;
  readonly retries?: RetryPolicy | undefined;
}

/** Of the distribution specification's advice: registries must take manifests of 4 MiB, and need not take larger ones. */
const maxManifestBytes = 4 * 1024 ** 2;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** The others only so that what is no Tart image can be told from what is not there. */
const acceptedTypes = [
  manifestType,
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** Docker Hub's name in references is not that of its registry. */
const hubNames: readonly string[] = ['docker.io', 'index.docker.io'];
const hubHost = 'registry-1.docker.io';

/** A client of one registry. Nothing is asked of it, nor of the credentials, before it is used. */
export function openRegistry(options: RegistryOptions): RegistryClient {
  const { host, insecure = false, credentials = noCredentials, retries = defaultRetries } = options;
  const http = new Http(options);
  const authorization = new Authorization({ http, host, insecure, credentials });
  const base = new URL(`${insecure ? 'http' : 'https'}://${hubNames.includes(host) ? hubHost : host}/v2/`);
  const requests = new Requests({ http, host, authorization, retries, base });
  return {
    host,
    manifest: (repository, tagOrDigest, signal) => getManifest(requests, repository, tagOrDigest, signal),
    tags: (repository, { limit }, signal) => listTags(requests, repository, limit, signal),
    hasBlob: (repository, digest, signal) => hasBlob(requests, repository, digest, signal),
    blob: (repository, digest, { maxBytes }, signal) => getBlob(requests, repository, digest, maxBytes, signal),
    blobRequest: (repository, digest, signal, { again = false } = {}) =>
      findBlob(requests, http, repository, digest, { again, signal }),
    mountBlob: (repository, digest, from, signal) => mountBlob(requests, repository, digest, from, signal),
    uploadBlob: (repository, upload, upToOptions) => uploadBlob(requests, repository, upload, upToOptions),
    putManifest: (repository, tag, bytes, signal) => putManifest(requests, repository, tag, bytes, signal),
    onWait: (listener) => requests.onWait(listener),
    ping: (signal) => ping(requests, host, signal),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

async function getManifest(
  requests: Requests,
  repository: string,
  tagOrDigest: string,
  signal: AbortSignal,
): Promise<{ bytes: Uint8Array; digest: string; mediaType: string }> {
  const what = `the manifest of ${repository}${tagOrDigest.includes(':') ? '@' : ':'}${tagOrDigest}`;
  const access: Access = { kind: 'pull', repository };
  const path = `${repository}/manifests/${tagOrDigest}`;
  return await requests.run(
    { access, method: 'GET', path, what, headers: { accept: acceptedTypes }, signal },
    async (response) => {
      if (response.status !== 200) return 'refused';
      const bytes = await response.bytes(maxManifestBytes);
      if (bytes === undefined)
        throw new AppError(
          'image-not-supported',
          `${what} is larger than 4 MiB, so it is not an image that Tatin can use.`,
        );
      const digest = digestOf(bytes);
      const named = tagOrDigest.startsWith('sha256:') ? tagOrDigest : response.header('docker-content-digest');
      if (named?.startsWith('sha256:') === true && named !== digest) throw damaged(requests, what, digest, named);
      return { bytes, digest, mediaType: response.header('content-type')?.split(';')[0]?.trim() ?? manifestType };
    },
  );
}

async function hasBlob(
  requests: Requests,
  repository: string,
  digest: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  // Asked before a push, and nothing that everybody may read is asked in a push: so as one who pushes.
  const access: Access = { kind: 'push', repository };
  const path = `${repository}/blobs/${digest}`;
  return await requests.run({ access, method: 'HEAD', path, what: `blob ${digest}`, signal }, (response) => {
    if (response.status === 404) return undefined;
    if (response.status !== 200) return 'refused';
    // One that can't say how long it is, is sent again: that does no harm.
    const length = response.header('content-length');
    return length === undefined ? undefined : Number(length);
  });
}

async function getBlob(
  requests: Requests,
  repository: string,
  digest: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const what = `blob ${digest} of ${repository}`;
  const access: Access = { kind: 'pull', repository };
  return await requests.run(
    { access, method: 'GET', path: `${repository}/blobs/${digest}`, what, signal },
    async (response) => {
      if (response.status !== 200) return 'refused';
      const bytes = await response.bytes(maxBytes);
      if (bytes === undefined)
        throw new AppError(
          'image-damaged',
          `${requests.host}: ${what} has more than the ${maxBytes} bytes it should have.`,
        );
      const found = digestOf(bytes);
      if (found !== digest) throw damaged(requests, what, found, digest);
      return bytes;
    },
  );
}

async function putManifest(
  requests: Requests,
  repository: string,
  tag: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const what = `the manifest of ${repository}:${tag}`;
  const headers = { 'content-type': manifestType };
  const access: Access = { kind: 'push', repository };
  await requests.run(
    { access, method: 'PUT', path: `${repository}/manifests/${tag}`, what, headers, body: () => bytes, signal },
    ({ status }) => (status === 201 || status === 200 || status === 202 ? undefined : 'refused'),
  );
}

async function ping(requests: Requests, host: string, signal: AbortSignal): Promise<void> {
  await requests.run(
    { access: { kind: 'ping' }, method: 'GET', path: '', what: 'the registry', signal },
    (response) => {
      if (response.status === 200) return undefined;
      if (response.status === 404)
        throw new AppError(
          'registry-refused',
          `There is a server at ${host}, but it is not a registry of container images.`,
          {
            hint: 'Check the name: a registry’s host is often not that of its website.',
          },
        );
      return 'refused';
    },
  );
}

/** Sent wrongly once, it may come right the next time. */
function damaged({ host }: Requests, what: string, found: string, expected: string): AppError {
  return new AppError('image-damaged', `${host}: ${what} is damaged: its digest is ${found} instead of ${expected}.`, {
    hint: 'Nothing of it was kept. Try again; if it happens again, ask the publisher of the image.',
    retry: true,
  });
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
