import { bytesText, damagedArchive, truncatedArchive } from './archive-errors.ts';
import { type EntryHeader, headLength, headPrefixBytes, readEntryHeader } from './entry-header.ts';
import type { PlainPiece } from './plain-pieces.ts';

/** An entry as it goes by. What of its data is not read before the next entry is asked for is passed over. */
export interface StreamedEntry extends EntryHeader {
  /** Length of the contents; 0 if it has none. */
  readonly bytes: number;
  /** The contents; can be read once, and a piece only until the next is asked for. */
  readonly data: () => AsyncGenerator<PlainPiece, void>;
}

/** What the other fields with data may take: attributes and access lists. Contents are `DAT`. */
const maxOtherBytes = 64 * 1024 ** 2;

/** Takes plain bytes by count, across pieces. */
class PlainReader {
  readonly #pieces: AsyncGenerator<PlainPiece, void>;
  readonly #source: string;
  #piece: PlainPiece = { length: 0, bytes: undefined };
  #used = 0;
  /** Plain bytes taken. */
  offset = 0;

  constructor(pieces: AsyncGenerator<PlainPiece, void>, source: string) {
    this.#pieces = pieces;
    this.#source = source;
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#used === this.#piece.length) {
      const next = await this.#pieces.next();
      if (next.done === true) return true;
      this.#piece = next.value;
      this.#used = 0;
    }
    return false;
  }

  /** The next part of at most `most` bytes; ends with an error at the end of the archive. */
  async next(max: number, within: string): Promise<PlainPiece> {
    if (await this.isAtEnd()) throw truncatedArchive(this.#source, this.offset, within);
    const from = this.#used;
    const length = Math.min(max, this.#piece.length - from);
    this.#used += length;
    this.offset += length;
    return { length, bytes: this.#piece.bytes?.subarray(from, from + length) };
  }

  /** A copy of so many bytes. */
  async read(count: number, within: string): Promise<Buffer> {
    const bytes = Buffer.alloc(count);
    for (let done = 0; done < count;) {
      const part = await this.next(count - done, within);
      part.bytes?.copy(bytes, done);
      done += part.length;
    }
    return bytes;
  }

  async *parts(count: number, within: string): AsyncGenerator<PlainPiece, void> {
    for (let left = count; left > 0;) {
      const part = await this.next(left, within);
      left -= part.length;
      yield part;
    }
  }

  async skip(count: number, within: string): Promise<void> {
    for (let left = count; left > 0;) left -= (await this.next(left, within)).length;
  }
}

/**
 * The entries of an archive in order.
 * @param source name of the archive, for messages
 * @throws AppError `image-damaged`
 */
export async function* readEntries(
  pieces: AsyncGenerator<PlainPiece, void>,
  source: string,
): AsyncGenerator<StreamedEntry, void> {
  const reader = new PlainReader(pieces, source);
  while (!(await reader.isAtEnd())) {
    const at = reader.offset;
    const header = await readHead(reader, source);
    const within = `“${header.path}”`;
    const others = header.blobs.filter(({ key }) => key !== 'DAT').reduce((sum, { bytes }) => sum + bytes, 0);
    if (others > maxOtherBytes)
      throw damagedArchive(source, `${within}, at byte ${bytesText(at)} of it unpacked, has endless attributes`);
    const dataAt = header.blobs.findIndex(({ key }) => key === 'DAT');
    const [before, behind] = [header.blobs.slice(0, Math.max(dataAt, 0)), header.blobs.slice(dataAt + 1)];
    for (const { bytes } of before) await reader.skip(bytes, within);
    const bytes = header.blobs[dataAt]?.bytes ?? 0;
    const dataEnd = reader.offset + bytes;
    yield { ...header, bytes, data: () => reader.parts(dataEnd - reader.offset, within) };
    await reader.skip(dataEnd - reader.offset, within);
    for (const { bytes } of behind) await reader.skip(bytes, within);
  }
}

async function readHead(reader: PlainReader, source: string): Promise<EntryHeader> {
  const at = reader.offset;
  const where = `at byte ${bytesText(at)} of it unpacked, `;
  const prefix = await reader.read(headPrefixBytes, 'the head of an entry');
  const length = headLength(prefix);
  if (typeof length === 'string') throw damagedArchive(source, where + length);
  const rest = await reader.read(length - headPrefixBytes, 'the head of an entry');
  const header = readEntryHeader(Buffer.concat([prefix, rest]));
  if (typeof header === 'string') throw damagedArchive(source, where + header);
  return header;
}
