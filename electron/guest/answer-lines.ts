/** The line break that ends an answer. */
const lineBreak = 10;
const firstCapacity = 4096;

/**
 * Cuts a stream into lines. What came of an unfinished line is kept in one buffer that doubles, so that neither a long
 * line nor one that comes byte by byte costs more than a few times its length. Whoever feeds it bounds the length.
 */
export class AnswerLines {
  #buffer = Buffer.alloc(0);
  #length = 0;

  /** The lines that these bytes end, without their line breaks; each is good until the next is asked for. */
  *split(bytes: Buffer): Generator<Buffer> {
    let rest = bytes;
    for (let end = rest.indexOf(lineBreak); end >= 0; end = rest.indexOf(lineBreak)) {
      const last = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      if (this.#length === 0) yield last;
      else {
        this.#keep(last);
        const line = this.#buffer.subarray(0, this.#length);
        this.clear();
        yield line;
      }
    }
    this.#keep(rest);
  }

  /** Forgets the unfinished line. */
  clear(): void {
    [this.#buffer, this.#length] = [Buffer.alloc(0), 0];
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2, firstCapacity));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#length);
    this.#length = length;
  }
}
