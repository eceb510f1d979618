import { type ByteReader, uint64 } from './byte-reader.ts';
import { damaged, truncated, unsupported } from './not-importable.ts';
import { maxDescriptorBytes, sectorBytes, vmdkTitle as title } from './vmdk-descriptor.ts';

/** A grain directory at this place is behind the data, as a stream is written (VMware's Virtual Disk Format 5.0). */
const atEnd = 0xffff_ffff_ffff_ffffn;
const redundantDirectoryFlag = 1 << 1;
/** All that is known writes tables of 512 grains. */
const grainsPerTable = 512;
/** In sectors. VMware's are 128; the format wants at least 8. */
const grainSectors = { min: 8, max: 64 * 1024 };
/** Types of markers in a stream. */
const markers = { endOfStream: 0, footer: 3 };

/** The header of a part that holds its data in grains, checked. */
export interface SparseHeader {
  readonly sectors: number;
  readonly grainSectors: number;
  /** Where its description is, in bytes; undefined without one, as in the parts of a disk of several. */
  readonly description: { readonly offset: number; readonly length: number } | undefined;
  /** Whether what counts is a copy of the header, at its end. */
  readonly hasFooter: boolean;
}

export function isSparseVmdk(head: Buffer): boolean {
  return head.subarray(0, 4).toString('latin1') === 'KDMV';
}

/**
 * Reads the header of a sparse part, and of a stream its copy at the end. Whatever of it could lead a reader to other
 * files, or to tables that are not there, is refused: so a disk of length 0, which to QEMU means a list of files.
 * @throws NotImportable
 */
export async function readSparseHeader(reader: ByteReader): Promise<SparseHeader> {
  const bytes = await reader.read(0, sectorBytes);
  if (!isSparseVmdk(bytes)) throw damaged(title, 'a part of it is not a sparse image');
  if (bytes.length < sectorBytes) throw truncated(title, reader.size, sectorBytes);
  const header = parseHeader(bytes, reader.size);
  const hasFooter = bytes.readBigUInt64LE(56) === atEnd;
  const last = hasFooter ? await readFooter(reader, bytes) : bytes;
  requireDirectory(last, header.sectors, reader.size);
  return { ...header, hasFooter };
}

function parseHeader(bytes: Buffer, size: number): Omit<SparseHeader, 'hasFooter'> {
  const version = bytes.readUInt32LE(4);
  if (version < 1 || version > 3)
    throw unsupported(title, `It has version ${version} of the format; 1 to 3 are known.`);
  const sectors = uint64(bytes, 12, 'le');
  if (sectors === undefined || sectors === 0 || !Number.isSafeInteger(sectors * sectorBytes))
    throw damaged(title, 'it says that its disk is empty or endless');
  // Line ends that a transfer as text would have changed.
  if (bytes.subarray(73, 77).toString('latin1') !== '\n \r\n')
    throw damaged(title, 'it was sent as text, which changed bytes in it');
  const grain = uint64(bytes, 20, 'le') ?? 0;
  const isGrain = grain >= grainSectors.min && grain <= grainSectors.max && Number.isInteger(Math.log2(grain));
  if (!isGrain || bytes.readUInt32LE(44) !== grainsPerTable || bytes.readUInt16LE(77) > 1)
    throw damaged(title, 'its tables are of a kind that is not possible');
  return { sectors, grainSectors: grain, description: descriptionOf(bytes, size) };
}

function descriptionOf(bytes: Buffer, size: number): SparseHeader['description'] {
  const [offset, length] = [uint64(bytes, 28, 'le'), uint64(bytes, 36, 'le')];
  if (offset === 0 && length === 0) return undefined;
  if (offset === undefined || length === undefined || offset === 0 || length === 0)
    throw damaged(title, 'it does not say where its description is');
  if (length * sectorBytes > maxDescriptorBytes) throw damaged(title, 'its description is too long');
  const end = (offset + length) * sectorBytes;
  if (end > size) throw truncated(title, size, end);
  return { offset: offset * sectorBytes, length: length * sectorBytes };
}

/** The last three sectors are a marker, the copy with the true place of the directory, and the marker of the end. */
async function readFooter(reader: ByteReader, header: Buffer): Promise<Buffer> {
  const end = await reader.read(reader.size - 3 * sectorBytes, 3 * sectorBytes);
  const [before, footer, after] = [0, 1, 2].map((index) =>
    end.subarray(index * sectorBytes, (index + 1) * sectorBytes),
  );
  if (before === undefined || footer === undefined || after?.length !== sectorBytes || !isSparseVmdk(footer))
    throw truncated(title, reader.size, reader.size + sectorBytes);
  const isMarked =
    reader.size % sectorBytes === 0 &&
    before.readUInt32LE(8) === 0 &&
    before.readUInt32LE(12) === markers.footer &&
    after.readBigUInt64LE(0) === 0n &&
    after.readUInt32LE(8) === 0 &&
    after.readUInt32LE(12) === markers.endOfStream;
  if (!isMarked) throw damaged(title, 'its end is not marked as such');
  // Version, flags, length, grains; tables; line ends and compression. Places may differ.
  const fields = [
    [0, 28],
    [44, 48],
    [73, 79],
  ];
  if (!fields.every(([from, to]) => header.subarray(from, to).equals(footer.subarray(from, to))))
    throw damaged(title, 'its end is not of the same disk as its beginning');
  return footer;
}

/** The tables themselves are looked at by QEMU's check. */
function requireDirectory(header: Buffer, sectors: number, size: number): void {
  const grain = uint64(header, 20, 'le') ?? grainSectors.min;
  const bytes = Math.ceil(sectors / (grain * grainsPerTable)) * 4;
  const hasCopy = (header.readUInt32LE(8) & redundantDirectoryFlag) !== 0;
  for (const place of hasCopy ? [48, 56] : [56]) {
    const offset = uint64(header, place, 'le');
    if (offset === undefined || offset === 0) throw damaged(title, 'its directory is at an impossible place');
    const end = offset * sectorBytes + bytes;
    if (end > size) throw truncated(title, size, end);
  }
}
