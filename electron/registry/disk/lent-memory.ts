import { alignedBuffer } from '../../files/direct-io.ts';

/** Memory for large bytes, whose owner gives it back by disposing of it. */
export interface LentMemory extends Disposable {
  /** At the border of a page, with whatever was in it before. */
  readonly bytes: Buffer;
}

const free = new Map<number, Buffer[]>();

/**
 * Lends memory of this thread. What was given back is lent again, so a thread has only as much as it once used at the same
 * time, however many layers pass through it: the collector does not see how large a buffer is, and comes late.
 */
export function lendMemory(byteCount: number): LentMemory {
  const kept = free.get(byteCount) ?? [];
  free.set(byteCount, kept);
  const bytes = kept.pop() ?? alignedBuffer(byteCount);
  let isLent = true;
  return {
    bytes,
    [Symbol.dispose]: () => {
      if (!isLent) return;
      isLent = false;
      kept.push(bytes);
    },
  };
}
