/** Sources that are remembered; one more forgets the one that failed longest ago. */
const maxSources = 1000;
/** Wrong passwords in a row that anybody may make. */
const freeTries = 5;
/** The wait after the next one, in milliseconds; every further one doubles it, up to the longest. */
const firstWaitMs = 5_000;
const maxWaitMs = 15 * 60_000;
/** A source that gave no wrong password for so long begins anew, in milliseconds. */
const forgetMs = 60 * 60_000;

/**
 * Who gave wrong passwords, by source: each waits for its own failures, nobody for another's. A source that keeps at it
 * has some four tries an hour.
 */
export class WrongPasswords {
  readonly #nowMs: () => number;
  /** In the order of their last failures. */
  readonly #sources = new Map<string, { count: number; lastMs: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How long a source still has to wait before its passwords are looked at again, in milliseconds; 0 if it need not. */
  waitMs(source: string): number {
    const known = this.#known(source);
    if (known === undefined || known.count <= freeTries) return 0;
    const wholeWaitMs = Math.min(maxWaitMs, firstWaitMs * 2 ** (known.count - freeTries - 1));
    return Math.max(0, known.lastMs + wholeWaitMs - this.#nowMs());
  }

  /** Notes a wrong password. */
  count(source: string): void {
    const count = (this.#known(source)?.count ?? 0) + 1;
    this.#sources.delete(source);
    this.#sources.set(source, { count, lastMs: this.#nowMs() });
    const [first] = this.#sources.keys();
    if (this.#sources.size > maxSources && first !== undefined) this.#sources.delete(first);
  }

  /** The source knows the password. */
  forget(source: string): void {
    this.#sources.delete(source);
  }

  #known(source: string): { count: number; lastMs: number } | undefined {
    const known = this.#sources.get(source);
    return known === undefined || known.lastMs + forgetMs <= this.#nowMs() ? undefined : known;
  }
}
