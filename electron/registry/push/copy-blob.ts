import { AppError } from '../../contract/errors.ts';
import { getLayer } from '../disk/layer-get.ts';
import type { Blob } from '../manifest/manifest.ts';
import { defaultRetryLimits } from '../pull/fetch-layer.ts';
import type { ImageSource } from '../client/image-source.ts';
import type { PushTarget } from '../client/push-target.ts';

export interface CopyBlob {
  readonly source: ImageSource;
  readonly fromNamespace: string;
  readonly target: PushTarget;
  readonly namespace: string;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
}

/** What is asked for at a time, and held: a server can't be told to wait while the other one takes it. */
const pieceBytes = 8 * 1024 ** 2;

/** Sends a blob from one registry to another, piece by piece. The receiving registry verifies its digest. */
export async function copyBlob(blob: Blob, copy: CopyBlob): Promise<void> {
  const open = (offset: number) => piecesOf(blob, offset, copy);
  await copy.target.uploadBlob(copy.namespace, { ...blob, open }, { chunkBytes: copy.chunkBytes, signal: copy.signal });
}

async function* piecesOf(blob: Blob, from: number, copy: CopyBlob): AsyncGenerator<Uint8Array> {
  let failures = 0;
  for (let offset = from; offset < blob.sizeBytes;) {
    const piece = await pieceAt(blob, offset, copy, failures > 0);
    if (piece.length === 0 && ++failures >= defaultRetryLimits.attempts)
      throw new AppError('registry-unreachable', `Fetching ${blob.digest} failed again and again.`, { retry: true });
    if (piece.length === 0) continue;
    failures = 0;
    yield piece;
    offset += piece.length;
  }
}

/** The next bytes of the blob, as many as came before the connection ended or the piece was full. */
async function pieceAt(
  blob: Blob,
  offset: number,
  { source, fromNamespace, signal }: CopyBlob,
  again: boolean,
): Promise<Uint8Array> {
  const { url, headers, route = {} } = await source.blobRequest(fromNamespace, blob.digest, signal, { again });
  const parts: Buffer[] = [];
  let bytes = 0;
  const full = new AbortController();
  const take = (part: Uint8Array, length: number): void => {
    // The memory is used again for the next one.
    parts.push(Buffer.from(part.subarray(0, length)));
    bytes += length;
    if (bytes >= pieceBytes) full.abort();
  };
  const get = { url, headers, route, offset, sizeBytes: blob.sizeBytes, stallMs: defaultRetryLimits.stallMs };
  await getLayer(get, take, AbortSignal.any([signal, full.signal])).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!full.signal.aborted) throw error;
  });
  return Buffer.concat(parts);
}
