/** The longest line before a chunk: sixteen digits of its size, and extensions that nobody uses. */
const maxLineLength = 1024;

/** Takes the `chunked` transfer coding of HTTP/1.1 (RFC 9112, section 7.1) off a body, as it comes. */
export class ChunkReader {
  /** Bytes that the chunk in hand still has. */
  #left = 0;
  /** Of the line that says how long the next chunk is. */
  #line = '';

  /** Gives what `bytes` holds of the body to `onPiece`; false if this is not that coding, or its end has come. */
  read(bytes: Buffer, onPiece: (piece: Buffer) => void): boolean {
    for (let position = 0; position < bytes.length;) {
      if (this.#left > 0) {
        const piece = bytes.subarray(position, position + this.#left);
        onPiece(piece);
        position += piece.length;
        this.#left -= piece.length;
        continue;
      }
      const end = bytes.indexOf(0x0a, position);
      this.#line += bytes.toString('latin1', position, end === -1 ? bytes.length : end);
      if (this.#line.length > maxLineLength) return false;
      if (end === -1) return true;
      position = end + 1;
      if (!this.#begin()) return false;
    }
    return true;
  }

  /** Takes the line in hand for the size of the next chunk; the empty line after a chunk says nothing. */
  #begin(): boolean {
    const text = this.#line.trim();
    this.#line = '';
    if (text === '') return true;
    const size = /^([0-9a-f]{1,13})\s*(?:;|$)/i.exec(text)?.[1];
    if (size === undefined) return false;
    this.#left = Number.parseInt(size, 16);
    return this.#left > 0;
  }
}
