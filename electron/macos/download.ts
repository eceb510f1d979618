import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import { hasCode } from '../files/error-codes.ts';
import { FolderLock } from '../files/locks.ts';
import { freeBytes } from '../files/space.ts';
import { diskText } from '../contract/words/sizes.ts';
import type { Work } from '../jobs/work.ts';
import { type IpswOffer, askForIpsw, digestOf, sendRequest } from './ipsw-offer.ts';

export interface DownloadRequest {
  readonly url: string;
  /** `cache/IPSWs` of the home. */
  readonly folder: string;
  /** Hex, if it is known from elsewhere. */
  readonly sha256?: string | undefined;
  /** Looks at what was fetched before it is kept; what it throws ends the download, and nothing is kept. */
  readonly check?: (file: string) => Promise<unknown>;
}

/** The step that brings bytes. */
export const downloadingStep = 'Downloading macOS';

/** How often it looks whether another Tatin has finished the same download, in milliseconds. */
const lookAgainMs = 500;

/**
 * Fetches an image into Tart's cache, where Tart finds it too, and returns its path. What was fetched before a stop or a
 * crash is gone on from; one that is there already is not fetched again; one that another Tatin is at is waited for.
 * @throws AppError `image-unavailable`, `image-not-found`, `image-damaged`, `no-space`, `cancelled`, and what `check` throws
 */
export async function downloadIpsw(request: DownloadRequest, work: Work): Promise<string> {
  const { folder } = request;
  await mkdir(folder, { recursive: true });
  const offer = await askForIpsw(request.url, work.signal);
  const known = offer.sha256 ?? request.sha256;
  const partial = path.join(folder, partialName(request.url, offer));
  for (;;) {
    const cached = known === undefined ? undefined : cachedPath(folder, known);
    if (cached !== undefined && (await isThere(cached))) {
      await touch(cached);
      return cached;
    }
    const fetched = await tryFetch(partial, request, offer, work);
    if (fetched !== undefined) return fetched;
    work.progress({ step: 'Waiting for another Tatin that downloads it' });
    await delay(lookAgainMs, undefined, { signal: work.signal });
  }
}

/** How much of an image has been fetched so far, in bytes. */
export async function fetchedBytes(folder: string, url: string, offer: IpswOffer): Promise<number> {
  if (!offer.resumable) return 0;
  return (await stat(path.join(folder, partialName(url, offer))).catch(() => undefined))?.size ?? 0;
}

/** Where Tart keeps an image of that digest. */
export function cachedPath(folder: string, sha256: string): string {
  return path.join(folder, `sha256:${sha256}.ipsw`);
}

/** Of one address there is one unfinished download, of the version that the server has. */
function partialName(url: string, { key }: IpswOffer): string {
  return `${partialPrefix(url)}${key}.partial`;
}

function partialPrefix(url: string): string {
  return `.${digestOf(url).slice(0, 16)}-`;
}

/** Undefined if somebody else is at it. */
async function tryFetch(
  partial: string,
  request: DownloadRequest,
  offer: IpswOffer,
  work: Work,
): Promise<string | undefined> {
  const handle = await open(partial, 'a+');
  try {
    using lock = FolderLock.tryAcquire(partial);
    if (lock === undefined) return undefined;
    await dropOthers(partial, request.url);
    const sha256 = await fetchRest(handle, partial, request, offer, work);
    await checkDigest(partial, sha256, [offer.sha256, request.sha256]);
    await checkContent(partial, request);
    const target = cachedPath(request.folder, sha256);
    await rename(partial, target);
    return target;
  } catch (error) {
    // Between opening and locking, the other one has finished.
    if (hasCode(error, 'ENOENT')) return undefined;
    throw failure(error);
  } finally {
    await handle.close();
  }
}

/** What was begun of a version that the server no longer has can never be finished. */
async function dropOthers(partial: string, url: string): Promise<void> {
  const folder = path.dirname(partial);
  const prefix = partialPrefix(url);
  const others = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== path.basename(partial));
  for (const name of others) await rm(path.join(folder, name), { force: true });
}

/** Resolves with the digest of the whole. */
async function fetchRest(
  handle: FileHandle,
  partial: string,
  { url, folder }: DownloadRequest,
  offer: IpswOffer,
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
  const answer = await sendRequest(url, { headers: rangeFrom(have, offer), signal: work.signal }, [416]);
  if (!isContinuation(answer, have, offer)) {
    // It sends the whole after all, or something else than was begun.
    await answer.body?.cancel();
    await handle.truncate(0);
    return fetchRest(handle, partial, { url, folder }, { ...offer, resumable: false }, work);
  }
  await take(answer, handle, hash, { have, total: offer.bytes }, work);
  return hash.digest('hex');
}

function rangeFrom(have: number, { validator }: IpswOffer): Record<string, string> {
  if (have === 0) return {};
  return { range: `bytes=${have}-`, ...(validator === undefined ? {} : { 'if-range': validator }) };
}

/** Whether what comes is the rest of what is there; from the beginning, anything is. */
function isContinuation({ status, headers }: Response, have: number, { bytes }: IpswOffer): boolean {
  if (have === 0) {
    if (status !== 416) return true;
    throw new AppError('image-unavailable', 'The server does not send the image.', { retry: true });
  }
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  const isSameLength = bytes === undefined || total === '*' || Number(total) === bytes;
  return status === 206 && Number(start) === have && isSameLength;
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
      step: downloadingStep,
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
  const free = await freeBytes(folder);
  if (free >= bytes) return;
  throw new AppError('no-space', `The image needs ${diskText(bytes - free)} more than there is room for.`, {
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

/** Tart looks for images in the folder by their names only. */
async function checkContent(partial: string, { check }: DownloadRequest): Promise<void> {
  try {
    await check?.(partial);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
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
  const { mtime } = await stat(file);
  await utimes(file, new Date(), mtime);
}
