import { type ByteReader, uint64 } from './byte-reader.ts';
import type { DiskImage } from './disk-image.ts';
import { damaged, truncated, unsupported } from './not-importable.ts';

const title = 'VMware disk image';
const sectorBytes = 512;
const mebibyte = 1024 ** 2;
/** A grain directory at this place is behind the data, as a stream is written (VMware's Virtual Disk Format 5.0). */
const atEnd = 0xffff_ffff_ffff_ffffn;
const noParent = 'ffffffff';

/** Kinds of extents that are files of their own; the rest are devices of a VMware host. */
const fileExtents = new Set(['SPARSE', 'FLAT', 'VMFS', 'VMFSSPARSE']);

export function isSparseVmdk(head: Buffer): boolean {
  return head.subarray(0, 4).toString('latin1') === 'KDMV';
}

export function isVmdkDescriptor(head: Buffer): boolean {
  return /^\s*#\s*Disk\s+DescriptorFile/i.test(head.subarray(0, 256).toString('latin1'));
}

/** Reads a VMDK that holds its data itself. @throws NotImportable */
export async function readSparseVmdk(reader: ByteReader): Promise<DiskImage> {
  const header = await reader.read(0, sectorBytes);
  const sectors = uint64(header, 12, 'le');
  if (header.length < sectorBytes) throw truncated(title, reader.size, sectorBytes);
  if (sectors === undefined || sectors === 0) throw damaged(title, 'it says that its disk is empty or endless');
  // Line ends that a transfer as text would have changed.
  if (header.subarray(73, 77).toString('latin1') !== '\n \r\n')
    throw damaged(title, 'it was sent as text, which changed bytes in it');
  const descriptor = parseDescriptor(await embeddedDescriptor(reader, header));
  refuseParent(descriptor);
  const other = descriptor.extents.filter(({ type }) => type !== 'ZERO').length;
  if (other > 1) throw unsupported(title, 'It is one part of a disk of several files.', 'Import their .vmdk list.');
  if (header.readBigUInt64LE(56) === atEnd) await requireFooter(reader);
  const kind = descriptor.createType === undefined ? '' : ` (${descriptor.createType})`;
  return { format: 'vmdk', title: `${title}${kind}`, bytes: sectors * sectorBytes };
}

async function embeddedDescriptor(reader: ByteReader, header: Buffer): Promise<string> {
  const offset = uint64(header, 28, 'le');
  const length = uint64(header, 36, 'le');
  if (offset === undefined || length === undefined || offset === 0) return '';
  const end = (offset + length) * sectorBytes;
  if (length * sectorBytes > mebibyte) throw damaged(title, 'its description is too long');
  if (end > reader.size) throw truncated(title, reader.size, end);
  return textOf(await reader.read(offset * sectorBytes, length * sectorBytes));
}

/** The last sector but one repeats the header, with the true place of the directory. */
async function requireFooter(reader: ByteReader): Promise<void> {
  const footer = await reader.read(reader.size - 2 * sectorBytes, sectorBytes);
  if (!isSparseVmdk(footer)) throw truncated(title, reader.size, reader.size + sectorBytes);
}

/**
 * Reads the text file that lists the parts of a disk. Only names of files in the same folder are let through: a list may
 * name any file of this user, or a device.
 * @throws NotImportable
 */
export async function readVmdkDescriptor(reader: ByteReader): Promise<DiskImage> {
  if (reader.size > mebibyte) throw damaged(title, 'its list of files is too long');
  const descriptor = parseDescriptor(textOf(await reader.read(0, mebibyte)));
  refuseParent(descriptor);
  if (descriptor.extents.length === 0) throw damaged(title, 'it lists no files');
  const extents: { name: string; leastBytes: number }[] = [];
  for (const { type, file, sectors, offset } of descriptor.extents) {
    if (type === 'ZERO') continue;
    if (!fileExtents.has(type)) throw unsupported(title, `A part of it is a device of a VMware host (${type}).`);
    if (file === undefined) throw damaged(title, 'a part of it has no name');
    if (!isPlainName(file))
      throw unsupported(
        title,
        `It names a file in another folder: ${JSON.stringify(file)}.`,
        'Put its files together.',
      );
    // Those with a header of their own say themselves how long they are.
    const isPlain = type === 'FLAT' || type === 'VMFS';
    extents.push({ name: file, leastBytes: isPlain ? (offset + sectors) * sectorBytes : sectorBytes });
  }
  const sectors = descriptor.extents.reduce((sum, { sectors: more }) => sum + more, 0);
  if (!Number.isSafeInteger(sectors * sectorBytes) || sectors === 0) throw damaged(title, 'its size is not possible');
  const kind = descriptor.createType ?? 'several files';
  return { format: 'vmdk', title: `${title} (${kind})`, bytes: sectors * sectorBytes, extents };
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0]/.test(name);
}

interface Descriptor {
  createType: string | undefined;
  parentCid: string | undefined;
  parentHint: string | undefined;
  /** `offset` in the file, and the length, in sectors. */
  extents: { sectors: number; type: string; file: string | undefined; offset: number }[];
}

function parseDescriptor(text: string): Descriptor {
  const descriptor: Descriptor = { createType: undefined, parentCid: undefined, parentHint: undefined, extents: [] };
  for (const line of text.split(/\r?\n/)) {
    const extent = /^\s*(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+(\w+)(?:\s+"([^"]*)"(?:\s+(\d+))?)?/.exec(line);
    if (extent !== null) {
      const [, sectors = '0', type = '', file, offset = '0'] = extent;
      descriptor.extents.push({ sectors: Number(sectors), type: type.toUpperCase(), file, offset: Number(offset) });
      continue;
    }
    const [, key, value] = /^\s*(\w+)\s*=\s*"?([^"]*?)"?\s*$/.exec(line) ?? [];
    if (key?.toLowerCase() === 'createtype') descriptor.createType = value;
    if (key?.toLowerCase() === 'parentcid') descriptor.parentCid = value?.toLowerCase();
    if (key?.toLowerCase() === 'parentfilenamehint') descriptor.parentHint = value;
  }
  return descriptor;
}

function refuseParent({ parentCid, parentHint }: Descriptor): void {
  if ((parentCid === undefined || parentCid === noParent) && parentHint === undefined) return;
  throw unsupported(
    title,
    'It holds only the changes to another image (a snapshot or a linked clone).',
    'Consolidate the snapshots of the machine, or make a full clone of it, and import that.',
  );
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('utf8');
}
