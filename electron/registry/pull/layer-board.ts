import type { Layers } from '../../contract/job.ts';

/** A layer of a job's picture: see the contract's `layersSchema`. */
export type LayerLetter = 'w' | 'f' | 'v' | 'c' | 'h';

/** As often as an eye follows, and seldom enough to cost nothing. */
const tellEveryMs = 100;

/** How the layers of a transfer stand, and how many bytes that makes. Once disposed of, it tells nothing by itself. */
export class LayerBoard implements Disposable {
  readonly #sizes: readonly number[];
  readonly #letters: LayerLetter[];
  readonly #bytes: number[];
  readonly #tell: (bytesDone: number, bytesTotal: number, layers: Layers) => void;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** Will tell what was held back. */
  #late: NodeJS.Timeout | undefined;

  /** `sizes` of the layers, in bytes of whatever is counted. */
  constructor(sizes: readonly number[], tell: (bytesDone: number, bytesTotal: number, layers: Layers) => void) {
    this.#sizes = sizes;
    this.#letters = sizes.map(() => 'w');
    this.#bytes = sizes.map(() => 0);
    this.#tell = tell;
  }

  /** `bytes` of the layer's blob are accounted for: all of them, if it is not in flight and not waiting. */
  set(index: number, letter: LayerLetter, bytes = 0): void {
    const isNews = this.#letters[index] !== letter;
    this.#letters[index] = letter;
    this.#bytes[index] = letter === 'f' || letter === 'w' ? bytes : (this.#sizes[index] ?? 0);
    const waitMs = this.#toldAtMs + tellEveryMs - performance.now();
    // A layer that ends is told at once; how far others are, only now and then, but also if nothing comes after it.
    if (isNews || waitMs <= 0) this.tell();
    else this.#late ??= setTimeout(() => this.tell(), waitMs);
  }

  /** Tells how they stand now. */
  tell(): void {
    this[Symbol.dispose]();
    this.#toldAtMs = performance.now();
    const bytesTotal = this.#sizes.reduce((sum, size) => sum + size, 0);
    const bytesDone = this.#bytes.reduce((sum, bytes) => sum + bytes, 0);
    const inFlight: Record<string, number> = {};
    this.#letters.forEach((letter, index) => {
      const size = this.#sizes[index] ?? 0;
      if (letter === 'f') inFlight[String(index)] = size === 0 ? 0 : Math.min((this.#bytes[index] ?? 0) / size, 1);
    });
    this.#tell(bytesDone, bytesTotal, { states: this.#letters.join(''), inFlight });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#late);
    this.#late = undefined;
  }
}
