/**
 * Where decoded bytes go, and where matches look back: the whole output, or the last part of it. A decoder that finds no
 * room stops before the step that would need it, so that the owner can make room and let it go on.
 */
export class OutputWindow {
  readonly bytes: Uint8Array;
  /** Where the next byte goes; all before it can be looked back at. */
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get room(): number {
    return this.bytes.length - this.position;
  }

  /** Needs room. */
  append(source: Uint8Array): void {
    this.bytes.set(source, this.position);
    this.position += source.length;
  }

  /** Repeats what begins `distance` back; needs room and `distance` from 1 to position. */
  repeat(distance: number, length: number): void {
    const { bytes } = this;
    let { position } = this;
    if (distance >= length) {
      bytes.copyWithin(position, position - distance, position - distance + length);
    } else {
      // The match overlaps what it makes, so it must be done byte by byte.
      for (const end = position + length; position < end; position++) bytes[position] = bytes[position - distance] ?? 0;
    }
    this.position += length;
  }

  /** Forgets all but the last `count` bytes. */
  keepLast(count: number): void {
    if (this.position <= count) return;
    this.bytes.copyWithin(0, this.position - count, this.position);
    this.position = count;
  }
}
