import type { FileRange } from '../disk/ranges.ts';
import type { EncodedRange } from '../disk/tasks.ts';
import type { TransferWorkers } from '../disk/transfer-workers.ts';

/** A range of a disk as a layer that is being packed in a worker thread: its pieces, and what they came to. */
export interface EncodedLayer {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** After the last piece was taken. */
  readonly result: () => EncodedRange;
}

/**
 * Packs a range, one piece ahead of the reader; `onPlain` is told how many bytes of the disk are done. Leaving the
 * loop over the pieces early stops the packing.
 */
export function encodeLayer(
  workers: TransferWorkers,
  range: FileRange,
  signal: AbortSignal,
  onPlain: (bytes: number) => void,
): EncodedLayer {
  let result: EncodedRange | undefined;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const stop = new AbortController();
    const queue = new PieceQueue();
    const encoding = workers
      .run<'encode-range'>(
        { kind: 'encode-range', ...range },
        { signal: AbortSignal.any([signal, stop.signal]), onPiece: (piece) => queue.put(piece) },
      )
      .finally(() => queue.end());
    // Awaited below; until then a failure only ends the queue.
    encoding.catch(() => undefined);
    try {
      let plain = 0;
      for await (const piece of queue.take()) {
        yield piece;
        // Each piece but the last, the end mark, is of so many plain bytes.
        plain = Math.min(plain + plainBytesPerPiece, range.length);
        onPlain(plain);
      }
      result = await encoding;
    } finally {
      stop.abort();
      queue.end();
      await encoding.catch(() => undefined);
    }
  }
  return {
    pieces: pieces(),
    result: () => {
      if (result === undefined) throw new Error('The layer is not packed yet.');
      return result;
    },
  };
}

/** As `disk/encode-range.ts` cuts a range. */
const plainBytesPerPiece = 1024 ** 2;

/** Pieces on their way from the worker to the reader; putting one waits until it was taken. */
class PieceQueue {
  readonly #pieces: { piece: Uint8Array; taken: () => void }[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  async put(piece: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#pieces.push({ piece, taken: () => resolve(undefined) });
    this.#wake();
    await promise;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *take(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#pieces.shift();
      if (next !== undefined) {
        // Before it is used: the worker packs the next one meanwhile.
        next.taken();
        yield next.piece;
      } else if (this.#ended) return;
      else {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        this.#wake = () => resolve(undefined);
        await promise;
      }
    }
  }
}
