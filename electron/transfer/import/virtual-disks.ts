import { type ByteReader, uint64 } from './byte-reader.ts';
import type { DiskImage } from './disk-image.ts';
import { damaged, truncated, unsupported } from './not-importable.ts';

const vdiTitle = 'VirtualBox disk image';
const vhdTitle = 'Virtual PC disk image (VHD)';
const vhdxTitle = 'Hyper-V disk image (VHDX)';
const onlyChanges = 'It holds only the changes to another image (a differencing disk).';
const mergeHint = 'Merge it with its parent in the program that made it, and import that.';
const footerBytes = 512;

export function isVdi(head: Buffer): boolean {
  return head.length >= 68 && head.readUInt32LE(64) === 0xbeda107f;
}

/** Reads the header of a VDI image (VirtualBox's VDICore.h). @throws NotImportable */
export async function readVdi(reader: ByteReader): Promise<DiskImage> {
  const header = await reader.read(0, 512);
  if (header.length < 512) throw truncated(vdiTitle, reader.size, 512);
  if (header.readUInt32LE(68) >>> 16 !== 1)
    throw unsupported(vdiTitle, 'It has a version of the format from before 2008.');
  const kind = header.readUInt32LE(0x4c);
  if (kind === 3 || kind === 4) throw unsupported(vdiTitle, onlyChanges, mergeHint);
  if (kind !== 1 && kind !== 2) throw damaged(vdiTitle, 'its kind is not possible');
  const bytes = uint64(header, 0x170, 'le');
  const dataOffset = header.readUInt32LE(0x158);
  const blockBytes = header.readUInt32LE(0x178);
  if (bytes === undefined || bytes === 0 || blockBytes === 0) throw damaged(vdiTitle, 'its size is not possible');
  const end = dataOffset + header.readUInt32LE(0x184) * blockBytes;
  if (end > reader.size) throw truncated(vdiTitle, reader.size, end);
  return { format: 'vdi', title: vdiTitle, bytes };
}

/** Whether it ends, or begins, with the block that marks a VHD. */
export async function isVhd(reader: ByteReader, head: Buffer): Promise<boolean> {
  return hasCookie(head) || hasCookie(await reader.read(reader.size - footerBytes, footerBytes));
}

const hasCookie = (block: Buffer): boolean => block.subarray(0, 8).toString('latin1') === 'conectix';

/** Reads the footer of a VHD image (Microsoft's Virtual Hard Disk Image Format Specification). @throws NotImportable */
export async function readVhd(reader: ByteReader): Promise<DiskImage> {
  const footer = await reader.read(reader.size - footerBytes, footerBytes);
  // A dynamic image has a copy of it in front, so that this one can be missed.
  if (footer.length < footerBytes || !hasCookie(footer))
    throw truncated(vhdTitle, reader.size, reader.size + footerBytes);
  const kind = footer.readUInt32BE(60);
  if (kind === 4) throw unsupported(vhdTitle, onlyChanges, mergeHint);
  if (kind !== 2 && kind !== 3) throw damaged(vhdTitle, 'its kind is not possible');
  const bytes = uint64(footer, 48, 'be');
  if (bytes === undefined || bytes === 0) throw damaged(vhdTitle, 'its size is not possible');
  if (kind === 2 && bytes + footerBytes > reader.size) throw truncated(vhdTitle, reader.size, bytes + footerBytes);
  return { format: 'vhd', title: vhdTitle, bytes };
}

export function isVhdx(head: Buffer): boolean {
  return head.subarray(0, 8).toString('latin1') === 'vhdxfile';
}

/** Identifiers of MS-VHDX, as their bytes lie in the file. */
const guids = {
  metadataRegion: '06a27c8b90479a4bb8fe575f050f886e',
  fileParameters: '3767a1ca36fa434db3b633f0aa44e76b',
  virtualDiskSize: '2442a52f1bcd7648b2115dbed83bf4b8',
};
const regionTableOffset = 192 * 1024;

/** Reads the tables of a VHDX image (MS-VHDX 2.2.3, 2.6). @throws NotImportable */
export async function readVhdx(reader: ByteReader): Promise<DiskImage> {
  const regions = await reader.read(regionTableOffset, 64 * 1024);
  if (regions.length < 64 * 1024) throw truncated(vhdxTitle, reader.size, regionTableOffset + 64 * 1024);
  if (regions.subarray(0, 4).toString('latin1') !== 'regi') throw damaged(vhdxTitle, 'its table of regions is gone');
  const region = findEntry(regions, { start: 16, count: regions.readUInt32LE(8), guid: guids.metadataRegion });
  const offset = region === undefined ? undefined : uint64(region, 16, 'le');
  if (offset === undefined) throw damaged(vhdxTitle, 'it does not say where its settings are');
  const table = await reader.read(offset, 64 * 1024);
  if (table.length < 64 * 1024) throw truncated(vhdxTitle, reader.size, offset + 64 * 1024);
  if (table.subarray(0, 8).toString('latin1') !== 'metadata') throw damaged(vhdxTitle, 'its settings are gone');
  const item = async (guid: string, length: number): Promise<Buffer> => {
    const entry = findEntry(table, { start: 32, count: table.readUInt16LE(10), guid });
    const bytes = entry === undefined ? undefined : await reader.read(offset + entry.readUInt32LE(16), length);
    if (bytes?.length !== length) throw damaged(vhdxTitle, 'a setting is missing');
    return bytes;
  };
  const parameters = await item(guids.fileParameters, 8);
  if ((parameters.readUInt32LE(4) & 2) !== 0) throw unsupported(vhdxTitle, onlyChanges, mergeHint);
  const bytes = uint64(await item(guids.virtualDiskSize, 8), 0, 'le');
  if (bytes === undefined || bytes === 0) throw damaged(vhdxTitle, 'its size is not possible');
  return { format: 'vhdx', title: vhdxTitle, bytes };
}

/** Both tables are lists of entries of 32 bytes that begin with a GUID. */
function findEntry(
  table: Buffer,
  { start, count, guid }: { start: number; count: number; guid: string },
): Buffer | undefined {
  const max = Math.floor((table.length - start) / 32);
  for (let index = 0; index < Math.min(count, max); index++) {
    const entry = table.subarray(start + index * 32, start + index * 32 + 32);
    if (entry.subarray(0, 16).toString('hex') === guid) return entry;
  }
  return undefined;
}
