import { type ByteReader, uint64, windowOf } from './byte-reader.ts';
import type { DiskContents } from './disk-image.ts';
import { efiArch } from './efi-boot-files.ts';
import { damaged, truncated } from './not-importable.ts';

const title = 'Raw disk image';
const sectorBytes = 512;
/** Up to its checksum of the table (UEFI 5.3.2). */
const gptHeaderBytes = 92;

/** Types of partitions (UEFI 5.3.3; the Discoverable Partitions Specification), in their written form. */
const partitionTypes = {
  efi: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  rootAmd64: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  rootArm64: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
};
const mbrEfi = 0xef;
/** A disk has one, rarely two. Each is searched, so a table full of them would take hours. */
const maxEfiPartitions = 4;
const mbrProtective = 0xee;

/** File systems and containers that may fill a disk without partitions: a mark, and where it is. */
const marks: readonly (readonly [offset: number, mark: string, name: string])[] = [
  [0x438, '53ef', 'ext4'],
  [0, '58465342', 'XFS'],
  [0x10040, '5f42485266535f4d', 'Btrfs'],
  [0, '4c554b53babe', 'LUKS'],
  [32, '4e585342', 'APFS'],
  [512, '4c4142454c4f4e45', 'LVM'],
  [3, '4e54465320202020', 'NTFS'],
  [3, '4558464154202020', 'exFAT'],
  [82, '4641543332202020', 'FAT32'],
  [54, '46415431', 'FAT'],
  [1024, '10205ff5', 'F2FS'],
  [1024, '482b0004', 'HFS+'],
  [0, '68737173', 'SquashFS'],
];

/**
 * What a disk holds, from its first part. `isWhole` says that the reader ends where the disk does, so that a table which
 * points beyond its end means a disk that was cut off.
 * @throws NotImportable
 */
export async function readDiskContents(reader: ByteReader, isWhole: boolean): Promise<DiskContents> {
  for (const blockBytes of [sectorBytes, 4096]) {
    const header = await reader.read(blockBytes, gptHeaderBytes);
    if (header.subarray(0, 8).toString('latin1') !== 'EFI PART') continue;
    if (header.length < gptHeaderBytes) throw truncated(title, reader.size, blockBytes + gptHeaderBytes);
    return await readGpt(reader, header, blockBytes, isWhole);
  }
  const head = await reader.read(0, 0x10060);
  const name = marks.find(
    ([offset, mark]) => head.subarray(offset, offset + mark.length / 2).toString('hex') === mark,
  )?.[2];
  const isMbr = head.length >= sectorBytes && head.readUInt16LE(510) === 0xaa55;
  // FAT and NTFS end their first sector as a partition table does.
  if (isMbr && (name === undefined || !/FAT|NTFS/.test(name))) {
    const contents = await readMbr(reader, head, isWhole);
    if (contents !== undefined) return contents;
  }
  return { layout: name === undefined ? undefined : `${name} without partitions`, arch: undefined, hasEfi: false };
}

async function readGpt(
  reader: ByteReader,
  header: Buffer,
  blockBytes: number,
  isWhole: boolean,
): Promise<DiskContents> {
  const last = uint64(header, 32, 'le');
  if (isWhole && last !== undefined && (last + 1) * blockBytes > reader.size)
    throw truncated(title, reader.size, (last + 1) * blockBytes);
  const start = uint64(header, 72, 'le');
  const [count, entryBytes] = [header.readUInt32LE(80), header.readUInt32LE(84)];
  if (start === undefined || entryBytes < 128 || entryBytes > 4096 || count > 4096)
    throw damaged(title, 'its partition table is not possible');
  const table = await reader.read(start * blockBytes, count * entryBytes);
  let contents: DiskContents = { layout: 'GPT', arch: undefined, hasEfi: false };
  let searched = 0;
  for (let offset = 0; offset + 128 <= table.length; offset += entryBytes) {
    const type = guidAt(table, offset);
    if (type === partitionTypes.rootAmd64) contents = { ...contents, arch: 'amd64' };
    if (type === partitionTypes.rootArm64) contents = { ...contents, arch: 'arm64' };
    if (type !== partitionTypes.efi) continue;
    if (++searched > maxEfiPartitions) break;
    const [first, end] = [uint64(table, offset + 32, 'le') ?? 0, uint64(table, offset + 40, 'le') ?? 0];
    const found = await efiArch(windowOf(reader, first * blockBytes, (end - first + 1) * blockBytes));
    contents = { layout: 'GPT', arch: found ?? contents.arch, hasEfi: true };
  }
  return contents;
}

/** The first three groups of a GUID lie in the file with their bytes turned round. */
function guidAt(table: Buffer, offset: number): string {
  const groups = [
    table.readUInt32LE(offset).toString(16).padStart(8, '0'),
    table
      .readUInt16LE(offset + 4)
      .toString(16)
      .padStart(4, '0'),
    table
      .readUInt16LE(offset + 6)
      .toString(16)
      .padStart(4, '0'),
    table.subarray(offset + 8, offset + 10).toString('hex'),
    table.subarray(offset + 10, offset + 16).toString('hex'),
  ];
  return groups.join('-');
}

/** Undefined if the four entries can't be partitions, as in the boot sector of something else. */
async function readMbr(reader: ByteReader, head: Buffer, isWhole: boolean): Promise<DiskContents | undefined> {
  let contents: DiskContents = { layout: 'MBR', arch: undefined, hasEfi: false };
  let count = 0;
  for (let offset = 446; offset < 510; offset += 16) {
    const [status, type] = [head.readUInt8(offset), head.readUInt8(offset + 4)];
    if (status !== 0 && status !== 0x80) return undefined;
    if (type === 0) continue;
    count++;
    const first = head.readUInt32LE(offset + 8) * sectorBytes;
    const length = head.readUInt32LE(offset + 12) * sectorBytes;
    if (isWhole && type !== mbrProtective && first + length > reader.size)
      throw truncated(title, reader.size, first + length);
    if (type === mbrEfi)
      contents = { layout: 'MBR', arch: await efiArch(windowOf(reader, first, length)), hasEfi: true };
  }
  return count === 0 ? undefined : contents;
}
