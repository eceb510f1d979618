/** Lets so many pieces of work run at a time; the others wait their turn. */
export class Limit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#waiting.push(() => resolve(undefined));
      // Whoever ends hands its place over.
      await promise;
    } else this.#free--;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/**
 * Runs pieces of work side by side; the first that fails calls off the others, and is what is thrown when all have ended.
 */
export async function together<T>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let failure: { reason: unknown } | undefined;
  await Promise.all(
    items.map(async (item) => {
      try {
        either.throwIfAborted();
        await work(item, either);
      } catch (error) {
        failure ??= { reason: error };
        stop.abort();
      }
    }),
  );
  signal.throwIfAborted();
  if (failure !== undefined) throw failure.reason;
}
