/**
 * Compressed bytes that can't be what an encoder made. `reason` ends a sentence about them ("a match reaches before the
 * beginning"); `offset` is where in the compressed bytes it was seen.
 */
export class CodecError extends Error {
  readonly reason: string;
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(`The compressed data is damaged at byte ${offset}: ${reason}.`);
    this.name = 'CodecError';
    this.reason = reason;
    this.offset = offset;
  }
}
