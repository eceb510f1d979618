import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { hasCode } from '../../library/file-errors.ts';
import { FolderLock } from '../../library/locks.ts';
import type { Work } from '../../library/vm.ts';

/** What a server says of an image before it is fetched. */
interface Offer {
  readonly bytes: number | undefined;
  /** Hex, of the whole image; Apple's servers name it. */
  readonly sha256: string | undefined;
  /** Names this content: the digest, or else address and version. */
  readonly key: string;
  readonly resumable: boolean;
}

export interface DownloadRequest {
  readonly url: string;
  /** `cache/IPSWs` of the home. */
  readonly folder: string;
  /** Hex, if it is known from elsewhere. */
  readonly sha256?: string | undefined;
}

/**
 * Fetches an image into Tart's cache, where Tart finds it too, and returns its path. What was fetched before a stop or a
 * crash is gone on from; one that is there already is not fetched again.
 * @throws AppError `image-unavailable`, `image-damaged`, `no-space`, `cancelled`
 */
export async function downloadIpsw(request: DownloadRequest, work: Work): Promise<string> {
  const { folder } = request;
  await mkdir(folder, { recursive: true });
  const offer = await ask(request, work.signal);
  const known = offer.sha256 ?? request.sha256;
  if (known !== undefined) {
    const cached = path.join(folder, `sha256:${known}.ipsw`);
    if (await isThere(cached)) {
      await touch(cached);
      return cached;
    }
  }
  const partial = path.join(folder, `.${offer.key}.partial`);
  const handle = await open(partial, 'a+');
  try {
    using lock = FolderLock.tryAcquire(partial);
    if (lock === undefined)
      throw new AppError('image-unavailable', 'Another Tatin is fetching this image.', { retry: true });
    const sha256 = await fetchRest(handle, partial, request, offer, work);
    await checkDigest(partial, sha256, [offer.sha256, request.sha256]);
    const target = path.join(folder, `sha256:${sha256}.ipsw`);
    await rename(partial, target);
    return target;
  } catch (error) {
    throw failure(error);
  } finally {
    await handle.close();
  }
}

async function ask({ url }: DownloadRequest, signal: AbortSignal): Promise<Offer> {
  const answer = await send(url, { method: 'HEAD', signal });
  const { headers } = answer;
  const length = headers.get('content-length');
  const sha256 = /^[0-9a-f]{64}$/i.exec(headers.get('x-amz-meta-digest-sha256') ?? '')?.[0].toLowerCase();
  const version = `${url}\n${headers.get('etag') ?? ''}\n${headers.get('last-modified') ?? ''}\n${length ?? ''}`;
  return {
    bytes: length === null ? undefined : Number(length),
    sha256,
    key: sha256 ?? createHash('sha256').update(version).digest('hex'),
    resumable: headers.get('accept-ranges') === 'bytes',
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw AppError.from(init.signal.reason);
    throw new AppError('image-unavailable', `${new URL(url).host} can't be reached.`, {
      hint: 'Look at the network connection. What was fetched is kept.',
      details: error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error),
      retry: true,
      cause: error,
    });
  }
  if (answer.ok) return answer;
  await answer.body?.cancel();
  const missing = answer.status === 404 || answer.status === 410 || answer.status === 403;
  throw new AppError(
    missing ? 'image-not-found' : 'image-unavailable',
    `${new URL(url).host} answered ${answer.status} for the image.`,
    { hint: missing ? 'Apple may have withdrawn it. Choose another version.' : undefined, retry: !missing },
  );
}

/** Resolves with the digest of the whole. */
async function fetchRest(
  handle: FileHandle,
  partial: string,
  { url, folder }: DownloadRequest,
  offer: Offer,
  work: Work,
): Promise<string> {
  const hash = createHash('sha256');
  let have = (await handle.stat()).size;
  if (!offer.resumable || (offer.bytes !== undefined && have > offer.bytes)) {
    await handle.truncate(0);
    have = 0;
  }
  await hashFile(partial, have, hash, work);
  if (offer.bytes !== undefined) await checkSpace(folder, offer.bytes - have);
  if (offer.bytes === have && have > 0) return hash.digest('hex');
  const headers = have > 0 ? { range: `bytes=${have}-` } : {};
  const answer = await send(url, { headers, signal: work.signal });
  if (have > 0 && answer.status !== 206) {
    // It sends the whole after all.
    await answer.body?.cancel();
    await handle.truncate(0);
    return fetchRest(handle, partial, { url, folder }, { ...offer, resumable: false }, work);
  }
  await take(answer, handle, hash, { have, total: offer.bytes }, work);
  return hash.digest('hex');
}

async function take(
  answer: Response,
  handle: FileHandle,
  hash: Hash,
  { have, total }: { have: number; total: number | undefined },
  work: Work,
): Promise<void> {
  let done = have;
  const report = () =>
    work.progress({
      step: 'Downloading macOS',
      bytesDone: done,
      ...(total === undefined ? {} : { bytesTotal: total }),
    });
  report();
  // The type of a body in Node's own fetch lacks that it can be iterated.
  for await (const bytes of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    work.signal.throwIfAborted();
    await handle.appendFile(bytes);
    hash.update(bytes);
    done += bytes.length;
    report();
  }
  await handle.sync();
  if (total !== undefined && done !== total)
    throw new AppError('image-unavailable', 'The connection ended before the image was complete.', {
      hint: 'Try again: what was fetched is kept.',
      retry: true,
    });
}

async function hashFile(file: string, bytes: number, hash: Hash, work: Work): Promise<void> {
  if (bytes === 0) return;
  let done = 0;
  for await (const piece of createReadStream(file, { end: bytes - 1, signal: work.signal, highWaterMark: 1024 ** 2 })) {
    // A stream without an encoding gives buffers.
    hash.update(piece as Buffer);
    done += (piece as Buffer).length;
    work.progress({ step: 'Checking what is there', bytesDone: done, bytesTotal: bytes });
  }
}

async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const missing = Math.ceil((bytes - bavail * bsize) / 1e9);
  throw new AppError('no-space', `The image needs ${missing} GB more than there is room for.`, {
    hint: 'Make room on the disk of the library, or prune its cache.',
    retry: true,
  });
}

async function checkDigest(partial: string, got: string, wanted: readonly (string | undefined)[]): Promise<void> {
  if (wanted.every((digest) => digest === undefined || digest === got)) return;
  // Going on from it would only end here again.
  await rm(partial, { force: true });
  throw new AppError('image-damaged', 'The image that was downloaded is not the one that was announced.', {
    hint: 'Download it again.',
    details: `Its SHA-256 is ${got}.`,
    retry: true,
  });
}

function failure(error: unknown): unknown {
  if (hasCode(error, 'ENOSPC', 'EDQUOT'))
    return new AppError('no-space', 'The disk is full. What was downloaded is kept.', {
      hint: 'Make room, and try again.',
      retry: true,
      cause: error,
    });
  // undici ends a stream that breaks with this.
  if (error instanceof TypeError && error.message === 'terminated')
    return new AppError('image-unavailable', 'The connection broke. What was downloaded is kept.', {
      hint: 'Try again.',
      retry: true,
      cause: error,
    });
  return AppError.from(error);
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

/** Tart prunes what was not used for longest. */
async function touch(file: string): Promise<void> {
  const { atime } = await stat(file);
  await utimes(file, new Date(), atime);
}
