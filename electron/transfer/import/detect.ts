import type { ByteReader } from './byte-reader.ts';
import type { DiskContents, DiskImage } from './disk-image.ts';
import { type Disc, isDisc, readDisc } from './iso9660.ts';
import { truncated, unsupported } from './not-importable.ts';
import { dmg, dmgTrailer, otherFileOf } from './other-files.ts';
import { isQcow2, readQcow2 } from './qcow2.ts';
import { readDiskContents } from './raw-disk.ts';
import { isTar } from './tar-index.ts';
import { isVdi, isVhd, isVhdx, readVdi, readVhd, readVhdx } from './virtual-disks.ts';
import { isSparseVmdk, isVmdkDescriptor, readSparseVmdk, readVmdkDescriptor } from './vmdk.ts';
import { isZip } from './zip-index.ts';

export type Packing = 'gzip' | 'xz' | 'zstd' | 'bzip2';

/** What a file is, from its bytes. */
export type Detected =
  | { readonly is: 'apple-archive' }
  | { readonly is: 'disk'; readonly image: DiskImage; readonly contents?: DiskContents }
  | { readonly is: 'packed'; readonly packing: Packing; readonly title: string }
  | { readonly is: 'disc'; readonly disc: Disc }
  | { readonly is: 'tar' }
  | { readonly is: 'zip' }
  | { readonly is: 'ovf' };

/** All that marks a format lies in front of this, a disc's descriptors last. */
const headBytes = 40 * 1024;
const sectorBytes = 512;

const packings: readonly (readonly [mark: string, packing: Packing, title: string])[] = [
  ['1f8b08', 'gzip', 'gzip-compressed'],
  ['fd377a585a00', 'xz', 'xz-compressed'],
  ['28b52ffd', 'zstd', 'Zstandard-compressed'],
  ['425a68', 'bzip2', 'bzip2-compressed'],
];

/**
 * Tells what a file is from its bytes, and never from its name.
 * @throws NotImportable if it is something else, damaged, cut off, or of a kind that can't be taken
 */
export async function detect(reader: ByteReader): Promise<Detected> {
  const head = await reader.read(0, headBytes);
  if (reader.size === 0)
    throw unsupported('Empty file', 'There is nothing in it.', 'A download or a copy of it failed.');
  if (/^(pbz[-e4xzb]|AA01|YAA1)/.test(head.toString('latin1', 0, 4))) return { is: 'apple-archive' };
  const image = await detectDisk(reader, head);
  if (image !== undefined) return { is: 'disk', image };
  if (isZip(head)) return { is: 'zip' };
  if (isTar(head)) return { is: 'tar' };
  const packed = packings.find(([mark]) => head.subarray(0, mark.length / 2).toString('hex') === mark);
  if (packed !== undefined) return { is: 'packed', packing: packed[1], title: packed[2] };
  if (isDisc(head)) return { is: 'disc', disc: await readDisc(reader) };
  if (isOvf(head)) return { is: 'ovf' };
  return await detectRaw(reader, head);
}

async function detectDisk(reader: ByteReader, head: Buffer): Promise<DiskImage | undefined> {
  if (isQcow2(head)) return await readQcow2(reader);
  if (isSparseVmdk(head)) return await readSparseVmdk(reader);
  if (isVmdkDescriptor(head)) return await readVmdkDescriptor(reader);
  if (isVdi(head)) return await readVdi(reader);
  if (isVhdx(head)) return await readVhdx(reader);
  if (head.toString('latin1', 0, 4) === 'shdw')
    return { format: 'asif', title: 'Apple sparse disk image (ASIF)', bytes: reader.size };
  if (await isVhd(reader, head)) return await readVhd(reader);
  return undefined;
}

/**
 * A description of a machine in OVF: XML whose first element is its envelope. No comment may be read in two ways, or many
 * would be tried for ever.
 */
function isOvf(head: Buffer): boolean {
  return /^\uFEFF?\s*(<\?xml[^>]*\?>\s*)?(<!--((?!-->).)*-->\s*)*<(\w+:)?Envelope[\s>]/s.test(head.toString('utf8'));
}

/** A disk without a header is known by what is on it. */
async function detectRaw(reader: ByteReader, head: Buffer): Promise<Detected> {
  const trailer = await reader.read(reader.size - sectorBytes, sectorBytes);
  const isDmg = reader.size > sectorBytes && trailer.toString('latin1', 0, 4) === dmgTrailer;
  if (isDmg) throw unsupported(dmg.title, 'Its parts are packed in Apple’s own way.', dmg.hint);
  const contents = await readDiskContents(reader, true);
  if (contents.layout === undefined) {
    const other = otherFileOf(head);
    if (other !== undefined)
      throw unsupported(other.title, 'It is not a virtual machine, disk image or installer disc.', other.hint);
    if (reader.size % sectorBytes !== 0)
      throw unsupported('Unknown file', 'It is not a disk image or anything else that is known here.');
  }
  if (reader.size < sectorBytes) throw truncated('Raw disk image', reader.size, sectorBytes);
  const title =
    contents.layout === undefined
      ? 'Raw disk image without anything known on it'
      : `Raw disk image (${contents.layout})`;
  return { is: 'disk', image: { format: 'raw', title, bytes: reader.size }, contents };
}
