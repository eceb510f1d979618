import { damaged, unsupported } from './not-importable.ts';

export const vmdkTitle = 'VMware disk image';
export const sectorBytes = 512;

/** A description has some hundred bytes, and one of a disk of many parts some thousand. */
export const maxDescriptorBytes = 1024 ** 2;
/** 8 TB in parts of 2 GB. */
const maxExtents = 4096;
/** A name and its value, with room. What looks for blanks takes the square of a line's length. */
const maxLine = 8_192;
const noParent = 'ffffffff';

/** What a line says of a stretch of the disk. Lengths and places in sectors. */
export interface VmdkExtent {
  readonly sectors: number;
  readonly kind: 'flat' | 'sparse' | 'zero';
  /** Undefined for zeros. */
  readonly file: string | undefined;
  /** Where in the file it begins. */
  readonly offset: number;
}

export interface VmdkDescriptor {
  readonly createType: string | undefined;
  readonly extents: readonly VmdkExtent[];
  readonly sectors: number;
}

/** What each kind of extent is, by its name in a description; the rest are devices of a VMware host or changes to others. */
const kinds: Readonly<Record<string, VmdkExtent['kind']>> = {
  FLAT: 'flat',
  VMFS: 'flat',
  SPARSE: 'sparse',
  ZERO: 'zero',
};

/** Settings of a description beside those of its database, which begin with `ddb.`, and what each may be. */
const settings: Readonly<Record<string, RegExp>> = {
  version: /^\d{1,3}$/,
  encoding: /^[\w.:-]{1,40}$/,
  cid: /^[0-9a-f]{1,8}$/i,
  parentcid: /^[0-9a-f]{1,8}$/i,
  isnativesnapshot: /^(yes|no)$/i,
  createtype: /^[\w-]{1,40}$/,
  // Of a list of changed blocks beside the disk, which is not needed to read it.
  changetrackpath: /^[^"]{0,1024}$/,
};

/**
 * Reads the description of a VMDK, embedded in an image or in a file of its own (VMware's Virtual Disk Format 5.0). It
 * must be understood to its last character: programs differ about what they pass over, and what one passes over may name
 * any file to another.
 * @throws NotImportable
 */
export function parseVmdkDescriptor(bytes: Buffer): VmdkDescriptor {
  const seen = new Map<string, string>();
  const extents: VmdkExtent[] = [];
  for (const line of linesOf(bytes)) {
    if (line === '' || line.startsWith('#')) {
      refuseParentHint(line);
      continue;
    }
    const extent = parseExtent(line);
    if (extent !== undefined) extents.push(extent);
    else parseSetting(line, seen);
  }
  const parent = seen.get('parentcid');
  if (parent !== undefined && parent.toLowerCase() !== noParent) throw onlyChanges();
  if (extents.length > maxExtents) throw damaged(vmdkTitle, 'its list of files is too long');
  const sectors = extents.reduce((sum, extent) => sum + extent.sectors, 0);
  if (!Number.isSafeInteger(sectors * sectorBytes)) throw damaged(vmdkTitle, 'its size is not possible');
  return { createType: seen.get('createtype'), extents, sectors };
}

/** Without blanks at their ends. Behind the text there may be zeros up to the end of a sector, and nothing else. */
function linesOf(bytes: Buffer): string[] {
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  if (bytes.subarray(text.length).some((byte) => byte !== 0))
    throw damaged(vmdkTitle, 'there is something behind the end of its description');
  const whole = decode(text).split(/\r?\n/);
  for (const line of whole) if (line.length > maxLine) throw notUnderstood(line);
  const lines = whole.map((line) => line.replace(/^[ \t]+|[ \t]+$/g, ''));
  for (const line of lines) if (/\p{Cc}|\u2028|\u2029/u.test(line.replaceAll('\t', ' '))) throw notUnderstood(line);
  return lines;
}

/** Old programs write in the code page of their system, which matters for the names of parts alone. */
function decode(text: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    return new TextDecoder('windows-1252').decode(text);
  }
}

function parseExtent(line: string): VmdkExtent | undefined {
  if (!/^(RW|RDONLY|NOACCESS)\b/i.test(line)) return undefined;
  const match = /^(RW|RDONLY)[ \t]+(\d{1,16})[ \t]+([A-Z]+)(?:[ \t]+"([^"]{1,1024})"(?:[ \t]+(\d{1,16}))?)?$/.exec(
    line,
  );
  const [, , length = '', type = '', file, offset] = match ?? [];
  if (match === null) throw notUnderstood(line);
  const kind = kinds[type];
  if (kind === undefined)
    throw unsupported(vmdkTitle, `A part of it is of a kind that only a VMware host reads (${type}).`);
  const [sectors, from] = [Number(length), Number(offset ?? 0)];
  const isSaid = kind === 'zero' ? file === undefined : file !== undefined;
  if (!isSaid || (kind === 'sparse' && offset !== undefined)) throw notUnderstood(line);
  if (sectors === 0 || !Number.isSafeInteger((sectors + from) * sectorBytes))
    throw damaged(vmdkTitle, 'the size of a part is not possible');
  return { sectors, kind, file, offset: from };
}

function parseSetting(line: string, seen: Map<string, string>): void {
  const match = /^([\w.:-]{1,100})[ \t]*=[ \t]*(?:"([^"]{0,4096})"|([^" \t]{0,4096}))$/.exec(line);
  if (match === null) throw notUnderstood(line);
  const [, name = '', quoted, plain = ''] = match;
  const key = name.toLowerCase();
  refuseParentHint(key);
  if (key.startsWith('ddb.')) return;
  const value = quoted ?? plain;
  if (settings[key]?.test(value) !== true || seen.has(key)) throw notUnderstood(line);
  seen.set(key, value);
}

/** Also in a comment: there are programs that look for the word in the text. */
function refuseParentHint(line: string): void {
  if (/parentFileNameHint/i.test(line)) throw onlyChanges();
}

function onlyChanges(): Error {
  return unsupported(
    vmdkTitle,
    'It holds only the changes to another image (a snapshot or a linked clone).',
    'Consolidate the snapshots of the machine, or make a full clone of it, and import that.',
  );
}

const maxQuoted = 80;

function notUnderstood(line: string): Error {
  const said = JSON.stringify(line.length > maxQuoted ? `${line.slice(0, maxQuoted)}…` : line);
  return unsupported(
    vmdkTitle,
    `A line of its description is not understood: ${said}.`,
    'Export it again with the program that made it, e.g. as an OVA, and import that.',
  );
}
