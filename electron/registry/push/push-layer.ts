import type { FileRange } from '../disk/ranges.ts';
import type { TransferWorkers } from '../disk/transfer-workers.ts';
import { encodeLayer } from './encoded-layer.ts';
import type { KnownBlobs } from './known-blobs.ts';
import type { PushTarget } from '../client/push-target.ts';

/** A layer as the manifest will name it. */
export interface PushedLayer {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly plainDigest: string;
  readonly plainBytes: number;
  readonly offsetBytes: number;
}

export interface PushLayerContext {
  readonly target: PushTarget;
  readonly host: string;
  readonly namespace: string;
  readonly workers: TransferWorkers;
  readonly known: KnownBlobs;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
  /** How many plain bytes of the layer are done. */
  readonly onPlain: (bytes: number) => void;
}

/** Packed layers up to here are held in memory, so that the registry can be asked whether it has them. */
const heldBytes = 8 * 1024 ** 2;

/**
 * Makes sure that a repository has a range of a disk as a layer. What was packed before, and is still the same, is not
 * packed again; what the registry has is not sent again.
 * @returns the layer, and whether any of it was sent
 */
export async function pushLayer(
  range: FileRange,
  context: PushLayerContext,
): Promise<{ layer: PushedLayer; wasSent: boolean }> {
  return (await reuse(range, context)) ?? (await pack(range, context));
}

async function reuse(
  range: FileRange,
  context: PushLayerContext,
): Promise<{ layer: PushedLayer; wasSent: boolean } | undefined> {
  const { known, workers, signal } = context;
  if (!known.isLikelyKnown(range.offset, range.length)) return undefined;
  const plainDigest = await workers.run<'hash-range'>({ kind: 'hash-range', ...range }, { signal });
  const blob = known.of(plainDigest);
  if (blob === undefined || !(await isThere(blob, context))) return undefined;
  return { layer: layerOf(range, { ...blob, plainDigest }), wasSent: false };
}

/** Whether the repository has a blob, or can be given it by one of the same registry that has. */
async function isThere(
  { digest, repositories }: { digest: string; repositories: ReadonlySet<string> },
  { target, host, namespace, signal }: PushLayerContext,
): Promise<boolean> {
  if ((await target.hasBlob(namespace, digest, signal)) !== undefined) return true;
  for (const repository of repositories) {
    const from = repository.startsWith(`${host}/`) ? repository.slice(host.length + 1) : undefined;
    if (from !== undefined && from !== namespace && (await target.mountBlob(namespace, digest, from, signal)))
      return true;
  }
  return false;
}

/** Packs it: small ones whole, so that they need not be sent; the others on their way to the registry. */
async function pack(range: FileRange, context: PushLayerContext): Promise<{ layer: PushedLayer; wasSent: boolean }> {
  const { target, namespace, workers, signal, chunkBytes, onPlain, known } = context;
  const begin = () => encodeLayer(workers, range, signal, onPlain);
  let encoded = begin();
  const held = await hold(encoded.pieces);
  const options = { chunkBytes, signal };
  if (held.rest === undefined) {
    const result = encoded.result();
    const { digest, sizeBytes } = result;
    const repositories = known.of(result.plainDigest)?.repositories ?? new Set<string>();
    const layer = layerOf(range, result);
    if (await isThere({ digest, repositories }, context)) return { layer, wasSent: false };
    const whole = Buffer.concat(held.pieces);
    await target.uploadBlob(
      namespace,
      { digest, sizeBytes, open: (offset) => inPieces(whole.subarray(offset)) },
      options,
    );
    return { layer, wasSent: true };
  }
  const begun = joined(held.pieces, held.rest);
  let isFirst = true;
  const open = (offset: number): AsyncIterable<Uint8Array> => {
    if (isFirst && offset === 0) {
      isFirst = false;
      return begun;
    }
    // An upload that broke begins anew: the same bytes come out of the disk again.
    encoded = begin();
    return skipping(encoded.pieces, offset);
  };
  try {
    await target.uploadBlob(namespace, { open, finish: () => encoded.result().digest }, options);
  } finally {
    await begun.return(undefined);
    // Where nobody ever took a piece of it, that did not reach what it is made of.
    await held.rest.return?.();
  }
  return { layer: layerOf(range, encoded.result()), wasSent: true };
}

/** Takes pieces until they are all here, or too many; `rest` are those that are still to come. */
async function hold(
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ pieces: Uint8Array[]; rest?: AsyncIterator<Uint8Array> }> {
  const iterator = pieces[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  for (let bytes = 0; bytes <= heldBytes;) {
    const next = await iterator.next();
    if (next.done === true) return { pieces: held };
    held.push(next.value);
    bytes += next.value.length;
  }
  return { pieces: held, rest: iterator };
}

async function* joined(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* skipping(pieces: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  let left = offset;
  for await (const piece of pieces) {
    if (left < piece.length) yield piece.subarray(left);
    left = Math.max(left - piece.length, 0);
  }
}

async function* inPieces(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  const pieceBytes = 1024 ** 2;
  for (let done = 0; done < whole.length; done += pieceBytes) {
    yield whole.subarray(done, done + pieceBytes);
    // A turn of the event loop for other work.
    await Promise.resolve();
  }
}

function layerOf(
  { offset, length }: FileRange,
  made: { digest: string; sizeBytes: number; plainDigest: string },
): PushedLayer {
  return {
    digest: made.digest,
    sizeBytes: made.sizeBytes,
    plainDigest: made.plainDigest,
    plainBytes: length,
    offsetBytes: offset,
  };
}
