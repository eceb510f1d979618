export interface Piece {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/** Cuts a stream into pieces of one length; only the last is shorter. A stream of nothing has one piece of nothing. */
export async function* inPieces(source: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncGenerator<Piece> {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let filled = 0;
  for await (const bytes of source) {
    for (let taken = 0; taken < bytes.length;) {
      // Only more bytes say that a full piece is not the last.
      if (filled === pieceBytes) {
        yield { bytes: piece, isLast: false };
        piece = Buffer.allocUnsafeSlow(pieceBytes);
        filled = 0;
      }
      const count = Math.min(pieceBytes - filled, bytes.length - taken);
      piece.set(bytes.subarray(taken, taken + count), filled);
      filled += count;
      taken += count;
    }
  }
  yield { bytes: piece.subarray(0, filled), isLast: true };
}
