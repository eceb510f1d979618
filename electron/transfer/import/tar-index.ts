import { type ByteReader, windowOf } from './byte-reader.ts';
import { damaged, truncated } from './not-importable.ts';

/** A file in an archive, and where its bytes are. */
export interface TarEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

const blockBytes = 512;
/** An appliance has a handful; an archive with more is something else. */
const maxEntries = 1_000;
/** Heads of all kinds: folders, links and long names are no files, and would let an archive go on for ever. */
const maxHeads = 10_000;
const maxNameLength = 64 * 1024;
const title = 'Tar archive';

export function isTar(head: Buffer): boolean {
  return head.length >= blockBytes && head.subarray(257, 262).toString('latin1') === 'ustar' && hasRightSum(head);
}

/**
 * Lists the regular files of an archive without reading them, which readers of streams can't: a disk in it is used where
 * it lies. Knows ustar, long names of GNU tar, and sizes and paths of pax headers (POSIX.1-2017, pax).
 * @throws NotImportable
 */
export async function listTar(reader: ByteReader): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  let next: { name?: string; size?: number } = {};
  for (let offset = 0, heads = 0; ; heads++) {
    if (heads > maxHeads) throw damaged(title, `it has more than ${maxHeads} entries`);
    const header = await reader.read(offset, blockBytes);
    if (header.length === 0 || header.every((byte) => byte === 0)) return entries;
    if (header.length < blockBytes) throw truncated(title, reader.size, offset + blockBytes);
    if (!hasRightSum(header)) throw damaged(title, `the checksum of an entry at byte ${offset} is wrong`);
    const size = next.size ?? numberAt(header, 124, 12);
    const data = offset + blockBytes;
    if (data + size > reader.size) throw truncated(title, reader.size, data + size);
    const type = String.fromCharCode(header.readUInt8(156));
    if (type === 'L' || type === 'x') {
      if (size > maxNameLength) throw damaged(title, `a name at byte ${offset} is too long`);
      const text = (await windowOf(reader, data, size).read(0, size)).toString('utf8');
      next = type === 'L' ? { ...next, name: text.replace(/\0.*$/s, '') } : { ...next, ...paxRecords(text) };
    } else {
      if (type === '0' || type === '\0') entries.push({ name: next.name ?? nameOf(header), offset: data, size });
      if (entries.length > maxEntries) throw damaged(title, `it has more than ${maxEntries} files`);
      next = {};
    }
    offset = data + Math.ceil(size / blockBytes) * blockBytes;
  }
}

/** All bytes added up, those of the sum itself as blanks. */
function hasRightSum(header: Buffer): boolean {
  let sum = 8 * 32;
  for (let index = 0; index < blockBytes; index++) if (index < 148 || index >= 156) sum += header.readUInt8(index);
  return sum === numberAt(header, 148, 8);
}

/** Octal digits; or, with the top bit set, a big-endian number as GNU tar writes large ones. */
function numberAt(header: Buffer, offset: number, length: number): number {
  const field = header.subarray(offset, offset + length);
  if ((field.readUInt8(0) & 0x80) !== 0) {
    const value = BigInt(`0x${field.subarray(1).toString('hex')}`);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(title, 'a size in it is not possible');
    return Number(value);
  }
  const digits = field
    .toString('latin1')
    .replace(/[\0 ].*$/s, '')
    .trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged(title, 'a number in it can’t be read');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function nameOf(header: Buffer): string {
  const text = (offset: number, length: number) =>
    header.toString('utf8', offset, offset + length).replace(/\0.*$/s, '');
  const prefix = text(345, 155);
  return prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
}

function paxRecords(text: string): { name?: string; size?: number } {
  const name = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1];
  const size = /(?:^|\n)\d+ size=(\d{1,15})\n/.exec(text)?.[1];
  return { ...(name === undefined ? {} : { name }), ...(size === undefined ? {} : { size: Number(size) }) };
}
