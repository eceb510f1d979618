import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { type ByteReader, uint64 } from './byte-reader.ts';
import { damaged, truncated } from './not-importable.ts';

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packedSize: number;
  readonly headerOffset: number;
}

const title = 'ZIP archive';
/** The end record and the longest comment that may follow it (APPNOTE.TXT 4.3.16). */
const maxTailLength = 22 + 0xffff;
/** Restore images have some hundred entries. */
const maxDirectoryLength = 16 * 1024 ** 2;

export function isZip(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) === 0x04034b50;
}

/** Lists a ZIP archive from the directory at its end. @throws NotImportable */
export async function listZip(reader: ByteReader): Promise<ZipEntry[]> {
  const tailStart = Math.max(0, reader.size - maxTailLength);
  const tail = await reader.read(tailStart, maxTailLength);
  const end = tail.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end < 0 || end + 22 > tail.length) throw truncated(title, reader.size, reader.size + 1);
  const { offset, size } = (await readZip64End(reader, tail, end)) ?? {
    offset: tail.readUInt32LE(end + 16),
    size: tail.readUInt32LE(end + 12),
  };
  if (size > maxDirectoryLength) throw damaged(title, 'its directory is too long');
  const directory = await reader.read(offset, size);
  if (directory.length < size) throw damaged(title, 'its directory is not where it should be');
  return [...entriesOf(directory)];
}

/** Archives above 4 GiB keep the place of the directory in a record of their own, which a locator points to. */
async function readZip64End(reader: ByteReader, tail: Buffer, end: number) {
  if (end < 20 || tail.readUInt32LE(end - 20) !== 0x07064b50) return undefined;
  const at = uint64(tail, end - 20 + 8, 'le');
  const record = at === undefined ? undefined : await reader.read(at, 56);
  if (record?.length !== 56 || record.readUInt32LE(0) !== 0x06064b50) throw damaged(title, 'its end is not possible');
  const [size, offset] = [uint64(record, 40, 'le'), uint64(record, 48, 'le')];
  if (size === undefined || offset === undefined) throw damaged(title, 'its end is not possible');
  return { offset, size };
}

function* entriesOf(directory: Buffer): Generator<ZipEntry> {
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50;) {
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    yield {
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      packedSize: directory.readUInt32LE(at + 20),
      headerOffset: offsetOf(directory, at, extra),
    };
    at += 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
  }
}

/** Numbers that do not fit into 32 bits are in field 1 of the extra data, in the order in which they are missed. */
function offsetOf(directory: Buffer, at: number, extra: Buffer): number {
  const plain = directory.readUInt32LE(at + 42);
  if (plain !== 0xffff_ffff) return plain;
  const before = [20, 24].filter((field) => directory.readUInt32LE(at + field) === 0xffff_ffff).length;
  for (let field = 0; field + 4 <= extra.length; field += 4 + extra.readUInt16LE(field + 2))
    if (extra.readUInt16LE(field) === 1) return uint64(extra, field + 4 + before * 8, 'le') ?? plain;
  return plain;
}

/** The bytes of a small entry. @throws NotImportable if it is damaged or longer than `limit` */
export async function readZipEntry(reader: ByteReader, entry: ZipEntry, limit: number): Promise<Buffer> {
  const header = await reader.read(entry.headerOffset, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50 || entry.packedSize > limit)
    throw damaged(title, `${entry.name} can’t be read`);
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await reader.read(start, entry.packedSize);
  if (entry.method === 0) return packed;
  try {
    return await promisify(inflateRaw)(packed, { maxOutputLength: limit });
  } catch (error) {
    throw damaged(title, `${entry.name} can’t be unpacked`);
  }
}
