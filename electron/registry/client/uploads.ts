import { AppError } from '../../contract/errors.ts';
import type { Upload } from './push-target.ts';
import type { Access } from './authorization.ts';
import type { HttpResponse } from './http.ts';
import type { Requests } from './requests.ts';
import { Temporary, withRetries } from '../../host/retry.ts';
import { type Piece, inPieces } from './upload-pieces.ts';

export interface UploadOptions {
  /** Pieces of an upload, in bytes; 0 sends all in one request. */
  readonly chunkBytes: number;
  /** Bytes of the blob that the registry has taken; goes back when an upload begins anew. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** An upload that the registry has begun. */
interface Session {
  location: URL;
  /** Bytes that it has. */
  offset: number;
  /** Whether it went on after a failure: then the registry's bytes may not be what we take them for. */
  wasResumed: boolean;
}

/** Some registries move the whole blob into slow storage before they answer the last request. */
const commitMs = 10 * 60_000;

const octets = { 'content-type': 'application/octet-stream' };

/** What counts as done: 201 and 202 are mixed up by some registries (ECR), and 204 belongs to older ones. */
const isTaken = ({ status }: HttpResponse): boolean => [200, 201, 202, 204].includes(status);

/** Sends a blob, going on after failures where the registry still knows what it has. @throws AppError, and what reading throws */
export async function uploadBlob(
  requests: Requests,
  repository: string,
  upload: Upload,
  options: UploadOptions,
): Promise<void> {
  const transfer = new Transfer(requests, repository, upload, options);
  let session: Session | undefined;
  let done = 0;
  await withRetries(
    async () => {
      session = (session === undefined ? undefined : await transfer.resume(session)) ?? (await transfer.begin());
      try {
        await transfer.send(session);
      } catch (error) {
        if (!isDoubtful(error, session)) throw error;
        session = undefined;
        throw new Temporary(error);
      }
    },
    requests.retries,
    options.signal,
    () => {
      const before = done;
      done = Math.max(done, session?.offset ?? 0);
      return done > before;
    },
    (ms) => requests.tellWait(ms),
  );
}

/** After going on, a refusal may be of our own making; it is believed when it comes to an upload from the start. */
function isDoubtful(error: unknown, { wasResumed }: Session): error is AppError {
  return wasResumed && error instanceof AppError && ['registry-refused', 'image-not-found'].includes(error.code);
}

/** One blob on its way. */
class Transfer {
  readonly #requests: Requests;
  readonly #repository: string;
  readonly #upload: Upload;
  readonly #options: UploadOptions;
  readonly #access: Access;
  readonly #what: string;

  constructor(requests: Requests, repository: string, upload: Upload, options: UploadOptions) {
    this.#requests = requests;
    this.#repository = repository;
    this.#upload = upload;
    this.#options = options;
    this.#access = { kind: 'push', repository };
    this.#what = upload.digest === undefined ? `a blob of ${repository}` : `blob ${upload.digest} of ${repository}`;
  }

  async begin(): Promise<Session> {
    const path = `${this.#repository}/blobs/uploads/`;
    const location = await this.#requests.once(this.#request('POST', path), (response) => {
      if (response.status !== 202 && response.status !== 201) return 'refused';
      return this.#locationIn(response);
    });
    this.#tell(0);
    return { location, offset: 0, wasResumed: false };
  }

  /** What the registry has of an upload that broke; undefined if it does not know it any more. */
  async resume(session: Session): Promise<Session | undefined> {
    const request = this.#request('GET', session.location);
    return await this.#requests.once(request, (response) => {
      const end = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.header('range')?.trim() ?? '')?.[1];
      if (response.status !== 204 || end === undefined) return undefined;
      const location = this.#requests.locationOf(response) ?? session.location;
      // Of nothing at all registries say "0-0", as of one byte. So that is begun anew.
      return end === '0' ? undefined : { location, offset: Number(end) + 1, wasResumed: true };
    });
  }

  async send(session: Session): Promise<void> {
    const { chunkBytes } = this.#options;
    const { sizeBytes, digest } = this.#upload;
    const isOneRequest = chunkBytes === 0 || (sizeBytes !== undefined && sizeBytes - session.offset <= chunkBytes);
    if (!isOneRequest) await this.#sendPieces(session, chunkBytes);
    else if (digest !== undefined && sizeBytes !== undefined) await this.#sendRest(session, digest, sizeBytes);
    else {
      await this.#sendStream(session);
      await this.#commit(session, new Uint8Array());
    }
  }

  /** All that is missing with the last request, whose length and digest are known. */
  async #sendRest(session: Session, digest: string, sizeBytes: number): Promise<void> {
    const length = String(sizeBytes - session.offset);
    const request = {
      ...this.#request('PUT', withDigest(session.location, digest)),
      headers: {
        ...octets,
        'content-length': length,
        ...(session.offset > 0 ? rangeOf(session.offset, sizeBytes) : {}),
      },
      body: () => this.#counted(session.offset),
      answerMs: commitMs,
    };
    await this.#requests.once(request, (response) => (isTaken(response) ? true : 'refused'));
    session.offset = sizeBytes;
  }

  /** All that is missing in a request without a length: it shows as it comes. */
  async #sendStream(session: Session): Promise<void> {
    let sent = session.offset;
    const request = {
      ...this.#request('PATCH', session.location),
      headers: octets,
      body: () => {
        sent = session.offset;
        return this.#counted(session.offset, (bytes) => (sent = bytes));
      },
      answerMs: commitMs,
    };
    session.location = await this.#requests.once(request, (response) =>
      isTaken(response) ? this.#locationIn(response, session.location) : 'refused',
    );
    session.offset = sent;
  }

  /** As Tart: all but the last piece by PATCH, the last with the request that ends the upload. */
  async #sendPieces(session: Session, chunkBytes: number): Promise<void> {
    let last: Uint8Array = new Uint8Array();
    for await (const { bytes, isLast } of inPieces(this.#upload.open(session.offset), chunkBytes)) {
      if (isLast) last = bytes;
      else await this.#sendPiece(session, { bytes, isLast });
    }
    await this.#commit(session, last);
  }

  async #sendPiece(session: Session, { bytes }: Piece): Promise<void> {
    const end = session.offset + bytes.length;
    const request = {
      ...this.#request('PATCH', session.location),
      headers: { ...octets, ...rangeOf(session.offset, end) },
      body: () => bytes,
    };
    session.location = await this.#requests.once(request, (response) =>
      isTaken(response) ? this.#locationIn(response, session.location) : 'refused',
    );
    session.offset = end;
    this.#tell(end);
  }

  async #commit(session: Session, bytes: Uint8Array): Promise<void> {
    const digest = this.#upload.finish?.() ?? this.#upload.digest;
    if (digest === undefined) throw new Error('An upload must know its digest at its end.');
    const end = session.offset + bytes.length;
    const request = {
      ...this.#request('PUT', withDigest(session.location, digest)),
      headers: { ...octets, ...(bytes.length > 0 && session.offset > 0 ? rangeOf(session.offset, end) : {}) },
      body: () => bytes,
      answerMs: commitMs,
    };
    await this.#requests.once(request, (response) => (isTaken(response) ? true : 'refused'));
    session.offset = end;
    this.#tell(end);
  }

  #request(method: 'GET' | 'POST' | 'PATCH' | 'PUT', path: string | URL) {
    return { access: this.#access, method, path, what: this.#what, signal: this.#options.signal };
  }

  #locationIn(response: HttpResponse, otherwise?: URL): URL {
    const location = this.#requests.locationOf(response) ?? otherwise;
    if (location !== undefined) return location;
    throw new AppError('registry-refused', `${this.#requests.host} does not say where to send ${this.#what}.`);
  }

  #tell(sentBytes: number): void {
    this.#options.onProgress?.(sentBytes);
  }

  async *#counted(offset: number, onSent?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    let sent = offset;
    for await (const piece of this.#upload.open(offset)) {
      yield piece;
      sent += piece.length;
      onSent?.(sent);
      this.#tell(sent);
    }
  }
}

/** Without "bytes" and without a length: so the distribution specification wants it in uploads. */
function rangeOf(start: number, end: number): Record<string, string> {
  return { 'content-range': `${start}-${end - 1}` };
}

/** What the registry put into the address stays in it. */
function withDigest(location: URL, digest: string): URL {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  return url;
}
