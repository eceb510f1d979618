import { writeFileSync } from 'node:fs';
import path from 'node:path';

const sectorBytes = 512;
const descriptionSectors = 20;
/** Behind header, description, directory and table. */
const dataSectors = 64;

/** What of the text of a VMDK's description may be asked for. */
export interface Description {
  readonly extents: string;
  readonly more?: string;
  readonly createType?: string;
  readonly cid?: string;
  readonly parentCid?: string;
}

/** A description as VMware writes it. */
export function describeVmdk({
  extents,
  more = '',
  createType = 'monolithicSparse',
  cid = 'fffffffe',
  parentCid = 'ffffffff',
}: Description): string {
  return [
    '# Disk DescriptorFile',
    'version=1',
    `CID=${cid}`,
    `parentCID=${parentCid}`,
    `createType="${createType}"`,
    '',
    '# Extent description',
    extents,
    '',
    '# The Disk Data Base',
    '#DDB',
    more,
    'ddb.adapterType = "ide"',
    '',
  ].join('\n');
}

/** Numbers of a sparse image's header that a test may want otherwise. */
export interface SparseFields {
  readonly capacity?: number | bigint;
  readonly grain?: number;
  readonly descriptionOffset?: number;
  readonly descriptionLength?: number;
  readonly entries?: number;
  readonly directory?: bigint;
  readonly copyOfDirectory?: bigint;
  readonly version?: number;
}

/** A sparse image of VMware without data, of 2048 sectors unless it says otherwise. */
export function sparseVmdk(description: string, fields: SparseFields = {}): Buffer {
  const image = Buffer.alloc(dataSectors * sectorBytes);
  writeSparseHeader(image, 0, fields);
  image.write(description, sectorBytes);
  // The directory's one entry leads to an empty table.
  image.writeUInt32LE(descriptionSectors + 2, (descriptionSectors + 1) * sectorBytes);
  return image;
}

function writeSparseHeader(image: Buffer, offset: number, fields: SparseFields): void {
  const directory = BigInt(descriptionSectors + 1);
  const header = image.subarray(offset, offset + sectorBytes);
  header.write('KDMV');
  header.writeUInt32LE(fields.version ?? 1, 4);
  header.writeUInt32LE(3, 8);
  header.writeBigUInt64LE(BigInt(fields.capacity ?? 2048), 12);
  header.writeBigUInt64LE(BigInt(fields.grain ?? 128), 20);
  header.writeBigUInt64LE(BigInt(fields.descriptionOffset ?? 1), 28);
  header.writeBigUInt64LE(BigInt(fields.descriptionLength ?? descriptionSectors), 36);
  header.writeUInt32LE(fields.entries ?? 512, 44);
  header.writeBigUInt64LE(fields.copyOfDirectory ?? directory, 48);
  header.writeBigUInt64LE(fields.directory ?? directory, 56);
  header.writeBigUInt64LE(BigInt(dataSectors), 64);
  header.write('\n \r\n', 73, 'latin1');
}

/** What a hostile image wants to get at. */
export interface Aims {
  /** A file outside, absolute. */
  readonly secret: string;
  /** Where a server of the attacker's listens. */
  readonly port: number;
}

/** Files of a VMDK by their names, the one that is imported first. */
export type VmdkFiles = Readonly<Record<string, string | Buffer>>;

/** Ways to have a reader open what is no part of the image. All lead there with plain `qemu-img` of some version. */
export function hostileVmdks({ secret, port }: Aims): Readonly<Record<string, VmdkFiles>> {
  const zero = 'RW 64 ZERO';
  const flat = (extents: string): string => describeVmdk({ extents, createType: 'monolithicFlat' });
  const own = 'RW 2048 SPARSE "main.vmdk"';
  // QEMU wants the parent's identifier to be the one that the image says.
  const noParent = { createType: 'monolithicFlat', cid: 'ffffffff' };
  const evil = { 'evil.vmdk': describeVmdk({ extents: `RW 21 FLAT "${secret}" 0`, ...noParent }) };
  const withParent = (more: string): string => describeVmdk({ extents: own, more });
  const json = `json:{'driver':'raw','file':{'driver':'file','filename':'${secret}'}}`;
  return {
    'a number with a sign': { 'main.vmdk': flat(`${zero}\nRW +21 FLAT "${secret}" 0`) },
    'a number below zero': { 'main.vmdk': flat(`${zero}\nRW 21 FLAT "${secret}" -0`) },
    'a hexadecimal number': { 'main.vmdk': flat(`${zero}\nRW 0x15 FLAT "${secret}" 0`) },
    'a server': { 'main.vmdk': flat(`${zero}\nRW +21 FLAT "nbd://127.0.0.1:${port}/x" 0`) },
    'a node as JSON': { 'main.vmdk': flat(`${zero}\nRW +21 FLAT "${json}" 0`) },
    'a line break inside of a line': { 'main.vmdk': flat(`${zero}\nRW\n21\nFLAT\n"${secret}"\n0`) },
    'a vertical tab for a blank': { 'main.vmdk': flat(`${zero}\nRW\v21\vFLAT\v"${secret}"\v0`) },
    'a form feed before a line': { 'main.vmdk': flat(`${zero}\n\fRW 21 FLAT "${secret}" 0`) },
    'a carriage return for a line break': { 'main.vmdk': flat(`${zero}\rRW 21 FLAT "${secret}" 0`) },
    'a line behind a zero byte': { 'main.vmdk': flat(`${zero}\n\0\nRW 21 FLAT "${secret}" 0`) },
    'a line behind a no-break space': { 'main.vmdk': flat(`${zero}\n\u00A0RW 21 FLAT "${secret}" 0`) },
    'a comment at the end of a line': { 'main.vmdk': flat(`RW 64 ZERO # \nRW 21 FLAT "${secret}" 0 # x`) },
    'an access in small letters': { 'main.vmdk': flat(`${zero}\nrw 21 FLAT "${secret}" 0`) },
    'an access that is none': { 'main.vmdk': flat(`${zero}\nNOACCESS 21 FLAT "${secret}" 0`) },
    'a device of VMware': { 'main.vmdk': flat(`${zero}\nRW 21 VMFSRDM "${secret}"`) },
    'another sparse format': { 'main.vmdk': flat(`${zero}\nRW 21 SESPARSE "${secret}"`) },
    'an absolute name': { 'main.vmdk': flat(`RW 21 FLAT "${secret}" 0`) },
    'a name that climbs': { 'main.vmdk': flat(`RW 21 FLAT "../${path.basename(path.dirname(secret))}/secret" 0`) },
    'a parent in a comment': { 'main.vmdk': sparseVmdk(withParent('# parentFileNameHint="evil.vmdk"')), ...evil },
    'a parent by its absolute name': {
      'main.vmdk': sparseVmdk(withParent(`# parentFileNameHint="${secret}"`)),
    },
    'a parent on a server': {
      'main.vmdk': sparseVmdk(withParent(`# parentFileNameHint="nbd://127.0.0.1:${port}/x"`)),
    },
    'a parent inside of a setting': {
      'main.vmdk': sparseVmdk(withParent('ddb.x = "1"\nddb.parentFileNameHint="evil.vmdk"')),
      ...evil,
    },
    'a parent in a description without a length': {
      'main.vmdk': sparseVmdk(withParent('parentFileNameHint="evil.vmdk"'), { descriptionLength: 0 }),
      ...evil,
    },
    'a parent in a description at another place': {
      'main.vmdk': sparseVmdk(withParent('parentFileNameHint="evil.vmdk"'), {
        descriptionOffset: 0,
        descriptionLength: 0,
      }),
      ...evil,
    },
    'a parent by its identifier': {
      'main.vmdk': sparseVmdk(describeVmdk({ extents: own, parentCid: 'fffffffe' })),
    },
    'a second identifier of the parent': {
      'main.vmdk': sparseVmdk(withParent('parentCID=12345678')),
    },
    'a list in an image of no length': {
      'main.vmdk': sparseVmdk(flat(`RW 21 FLAT "${secret}" 0`), { capacity: 0 }),
    },
    'a list in a part of no length': {
      'main.vmdk': describeVmdk({ extents: 'RW 21 SPARSE "part.vmdk"', createType: 'twoGbMaxExtentSparse' }),
      'part.vmdk': sparseVmdk(flat(`RW 21 FLAT "${secret}" 0`), { capacity: 0 }),
    },
    'a list as a part': {
      'main.vmdk': describeVmdk({ extents: 'RW 21 SPARSE "part.vmdk"', createType: 'twoGbMaxExtentSparse' }),
      'part.vmdk': flat(`RW 21 FLAT "${secret}" 0`),
    },
    'a list in the end of a stream': {
      'main.vmdk': endlessStream(describeVmdk({ extents: own, createType: 'streamOptimized' }), { capacity: 0 }),
    },
    'an old sparse image as a part': {
      'main.vmdk': describeVmdk({ extents: 'RW 21 VMFSSPARSE "part.vmdk"', createType: 'vmfsSparse' }),
      'part.vmdk': Buffer.concat([Buffer.from('COWD'), Buffer.alloc(4096)]),
    },
    'an image of another size than it says': {
      'main.vmdk': sparseVmdk(describeVmdk({ extents: 'RW 4096 SPARSE "main.vmdk"' })),
    },
    'an endless image': { 'main.vmdk': sparseVmdk(describeVmdk({ extents: own }), { capacity: 1n << 62n }) },
    'a directory that is not there': {
      'main.vmdk': sparseVmdk(describeVmdk({ extents: own }), { directory: 1n << 40n }),
    },
    'tables of another length': { 'main.vmdk': sparseVmdk(describeVmdk({ extents: own }), { entries: 1 }) },
    'grains of another length': { 'main.vmdk': sparseVmdk(describeVmdk({ extents: own }), { grain: 3 }) },
  };
}

/** A stream whose end repeats its header, with other numbers. */
function endlessStream(description: string, footer: SparseFields): Buffer {
  const atEnd = 0xffff_ffff_ffff_ffffn;
  const image = sparseVmdk(description, { directory: atEnd, version: 3 });
  const end = Buffer.alloc(3 * sectorBytes);
  end.writeBigUInt64LE(1n, 0);
  end.writeUInt32LE(3, 12);
  writeSparseHeader(end, sectorBytes, { version: 3, ...footer });
  return Buffer.concat([image, end]);
}

/** Puts the files of an image into a folder, and gives the path of the one to import. */
export function putVmdk(folder: string, files: VmdkFiles): string {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
  return path.join(folder, Object.keys(files)[0] ?? '');
}
