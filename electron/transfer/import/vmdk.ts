import type { ByteReader } from './byte-reader.ts';
import type { DiskExtent, DiskImage } from './disk-image.ts';
import { damaged, truncated, unsupported } from './not-importable.ts';
import {
  maxDescriptorBytes,
  parseVmdkDescriptor,
  sectorBytes,
  type VmdkExtent,
  vmdkTitle as title,
} from './vmdk-descriptor.ts';
import { readSparseHeader } from './vmdk-sparse.ts';

export { isSparseVmdk } from './vmdk-sparse.ts';

export function isVmdkDescriptor(head: Buffer): boolean {
  return /^\s*#\s*Disk\s+DescriptorFile/i.test(head.subarray(0, 256).toString('latin1'));
}

/** Reads a VMDK that holds its data itself. @throws NotImportable */
export async function readSparseVmdk(reader: ByteReader): Promise<DiskImage> {
  const header = await readSparseHeader(reader);
  if (header.description === undefined) throw onePart();
  const { offset, length } = header.description;
  const text = await reader.read(offset, length);
  if (text.length < length) throw truncated(title, reader.size, offset + length);
  const { extents, createType } = parseVmdkDescriptor(text);
  const [own] = extents;
  if (own === undefined || extents.length > 1) throw onePart();
  if (own.kind !== 'sparse') throw damaged(title, 'its description is of an image of another kind');
  requireLength(own, header);
  const kind = createType === undefined ? '' : ` (${createType})`;
  return { format: 'vmdk', title: `${title}${kind}`, bytes: header.sectors * sectorBytes };
}

function onePart(): Error {
  return unsupported(title, 'It is one part of a disk of several files.', 'Import their .vmdk list.');
}

/** The last grain may be longer than what is left of the disk. */
function requireLength({ sectors }: VmdkExtent, header: { sectors: number; grainSectors: number }): void {
  if (sectors > header.sectors || header.sectors - sectors >= header.grainSectors)
    throw damaged(title, 'its description and its header differ about its size');
}

/**
 * Reads the text file that lists the parts of a disk. Only names of files in the same folder are let through: a list may
 * name any file of this user, or a device.
 * @throws NotImportable
 */
export async function readVmdkDescriptor(reader: ByteReader): Promise<DiskImage> {
  if (reader.size > maxDescriptorBytes) throw damaged(title, 'its list of files is too long');
  const { extents, sectors, createType } = parseVmdkDescriptor(await reader.read(0, maxDescriptorBytes));
  if (extents.length === 0) throw damaged(title, 'it lists no files');
  const parts: DiskExtent[] = [];
  let from = 0;
  for (const extent of extents) {
    const bytes = extent.sectors * sectorBytes;
    if (extent.kind !== 'zero') parts.push({ ...placeOf(extent), from, bytes });
    from += bytes;
  }
  return {
    format: 'vmdk',
    title: `${title} (${createType ?? 'several files'})`,
    bytes: sectors * sectorBytes,
    extents: parts,
  };
}

function placeOf({ kind, file, offset }: VmdkExtent): Pick<DiskExtent, 'kind' | 'name' | 'offset'> {
  if (kind === 'zero' || file === undefined) throw damaged(title, 'a part of it has no name');
  if (!isPlainName(file))
    throw unsupported(title, `It names a file in another folder: ${JSON.stringify(file)}.`, 'Put its files together.');
  return { kind, name: file, offset: offset * sectorBytes };
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0]/.test(name);
}

/**
 * Looks at a file that a list names: long enough, and sparse where the list says so.
 * @throws NotImportable
 */
export async function requireExtent({ kind, name, offset, bytes }: DiskExtent, reader: ByteReader): Promise<void> {
  if (kind === 'flat') {
    if (reader.size < offset + bytes) throw truncated(title, reader.size, offset + bytes);
    return;
  }
  const header = await readSparseHeader(reader);
  requireLength({ kind, file: name, offset: 0, sectors: bytes / sectorBytes }, header);
}
