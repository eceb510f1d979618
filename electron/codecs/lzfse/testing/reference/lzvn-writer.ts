/** Writes the payload of a `bvxn` block. */
export class LzvnWriter {
  readonly #bytes: number[] = [];
  #lastDistance = 0;

  /** Copy `literals`, then repeat `match` bytes (0, or 3 and more) from `distance` (up to 65,535) back. */
  add(literals: Uint8Array, match: number, distance: number): void {
    let from = 0;
    for (; literals.length - from > 3 || (match === 0 && from < literals.length);) {
      const count = Math.min(literals.length - from, maxRunLength);
      this.#lone(0xe0, count);
      this.#bytes.push(...literals.subarray(from, from + count));
      from += count;
    }
    if (match === 0) return;
    const rest = literals.subarray(from);
    let left = match - this.#first(rest, match, distance);
    for (; left > 0; left -= Math.min(left, maxRunLength)) this.#lone(0xf0, Math.min(left, maxRunLength));
    this.#lastDistance = distance;
  }

  finish(): Uint8Array {
    return Uint8Array.from([...this.#bytes, 0x06, 0, 0, 0, 0, 0, 0, 0]);
  }

  /** Literals alone or a match alone of up to 271. */
  #lone(code: number, count: number): void {
    if (count < 16) this.#bytes.push(code | count);
    else this.#bytes.push(code, count - 16);
  }

  /** 0 to 3 literals and the beginning of a match; how much of it. */
  #first(literals: Uint8Array, match: number, distance: number): number {
    const count = literals.length;
    if (distance === this.#lastDistance && count === 0) return 0;
    // Other instructions have the codes that longer ones would need.
    const short = Math.min(match, 10 - 2 * count);
    const code = (count << 6) | ((short - 3) << 3);
    if (distance === this.#lastDistance) {
      this.#bytes.push(code | 6, ...literals);
      return short;
    }
    if (distance < 0x600) {
      this.#bytes.push(code | (distance >> 8), distance & 0xff, ...literals);
      return short;
    }
    if (distance >= 0x4000 || match <= short) {
      this.#bytes.push(code | 7, distance & 0xff, distance >> 8, ...literals);
      return short;
    }
    const middle = Math.min(match, 34);
    const length = middle - 3;
    this.#bytes.push(
      0xa0 | (count << 3) | (length >> 2),
      ((distance & 63) << 2) | (length & 3),
      distance >> 6,
      ...literals,
    );
    return middle;
  }
}

const maxRunLength = 271;
