import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import type { ByteReader } from './byte-reader.ts';
import { damaged, truncated } from './not-importable.ts';

const title = 'ZIP archive';
/** Restore images have some hundred entries. */
const maxDirectoryLength = 16 * 1024 ** 2;

export function isZip(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50;
}

/** The bytes of a small entry, undefined if there is none of that name. @throws NotImportable if damaged or longer than `limit` */
export async function readZipEntry(reader: ByteReader, name: string, limit: number): Promise<Buffer | undefined> {
  const zip = await openZip(reader);
  const entry = await findEntry(zip, name);
  if (entry === undefined) return undefined;
  if (entry.compressedSize > limit || !entry.canDecodeFileData()) throw damaged(title, `${name} can’t be read`);
  try {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const packed = await reader.read(fileDataStart, entry.compressedSize);
    return entry.compressionMethod === 0 ? packed : await promisify(inflateRaw)(packed, { maxOutputLength: limit });
  } catch (error) {
    throw refusal(error, `${name} can’t be unpacked`);
  }
}

/** Lets yauzl read so much of an archive as its directory may take. */
class BoundedReader extends RandomAccessReader {
  readonly #reader: ByteReader;
  #bytesLeft = maxDirectoryLength;

  constructor(reader: ByteReader) {
    super();
    this.#reader = reader;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#bytesLeft -= length;
    if (this.#bytesLeft < 0) callback(new Error('The directory is too long.'));
    else this.#reader.read(position, length).then((bytes) => callback(null, bytes.copy(buffer, offset)), callback);
  }
}

async function openZip(reader: ByteReader): Promise<ZipFile> {
  try {
    // Names stay bytes: of another entry, an odd one is no reason to refuse all.
    const options = { decodeStrings: false, autoClose: false };
    return await fromRandomAccessReaderPromise(new BoundedReader(reader), reader.size, options);
  } catch (error) {
    // The end record is the last thing in an archive; yauzl tells by words alone that it is missing.
    if (error instanceof Error && error.message.startsWith('End of central directory record signature not found'))
      throw truncated(title, reader.size, reader.size + 1);
    throw refusal(error, 'its end is not possible');
  }
}

async function findEntry(zip: ZipFile, name: string): Promise<Entry | undefined> {
  try {
    for await (const entry of zip.eachEntry()) if (entry.fileNameRaw.toString() === name) return entry;
    return undefined;
  } catch (error) {
    throw refusal(error, 'its directory is not where it should be, or too long');
  }
}

/** For what the bytes are wrong in; an error of the file system stays what it is. */
function refusal(error: unknown, what: string): unknown {
  return error instanceof Error && 'syscall' in error ? error : damaged(title, what);
}
