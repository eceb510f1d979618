/** The time, and something to do at one: given to code that waits, so that a test can let hours pass at once. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `work` once after so many milliseconds, unless the returned function is called before. */
  after(ms: number, work: () => void): () => void;
}

/** The system's. It does not keep the process alive, and a computer that sleeps is late by as long. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms).unref();
    return () => clearTimeout(timer);
  },
};
