import { CodecError } from '../../codec-error.ts';

/**
 * Reads bits from the end of a payload to its beginning, as they come out of a coder that wrote them forwards: the last
 * that was written is the first that is needed.
 */
export class BackwardBits {
  readonly #view: DataView;
  readonly #origin: number;
  /** How many bits are left. */
  #left: number;

  /**
   * @param unusedBits -7 to 0: bits at the end of the last byte that are no part of it, negated
   * @param origin where in the stream the payload begins, for errors
   */
  constructor(payload: Uint8Array, unusedBits: number, origin: number) {
    // Four bytes more, so that a read of 32 bits at the very end stays inside.
    const padded = new Uint8Array(payload.length + 4);
    padded.set(payload);
    this.#view = new DataView(padded.buffer);
    this.#origin = origin;
    this.#left = payload.length * 8 + unusedBits;
    if (this.#left < 0 || (payload.at(-1) ?? 0) >>> (8 + unusedBits) !== 0)
      throw new CodecError('a coder does not end where it says', origin + payload.length);
  }

  /** The next `count` bits, at most 25. */
  read(count: number): number {
    this.#left -= count;
    if (this.#left < 0) throw new CodecError('a coder needs more bits than there are', this.#origin);
    return (this.#view.getUint32(this.#left >>> 3, true) >>> (this.#left & 7)) & ((1 << count) - 1);
  }
}
