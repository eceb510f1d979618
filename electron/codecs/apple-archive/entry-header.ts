/**
 * The head of an entry of an Apple Archive: `AA01` (once `YAA1`), its length as 16 bits, then fields of a key of three
 * letters, a letter for the type, and the value. Integers are little-endian.
 */

/** What an entry is, by the letter of its `TYP` field. */
export type EntryType =
  'file' | 'folder' | 'link' | 'hard-link' | 'socket' | 'fifo' | 'device' | 'metadata' | 'whiteout' | 'unknown';

const typeByLetter: Readonly<Record<string, EntryType>> = {
  F: 'file',
  D: 'folder',
  L: 'link',
  H: 'hard-link',
  S: 'socket',
  P: 'fifo',
  B: 'device',
  C: 'device',
  M: 'metadata',
  W: 'whiteout',
};

/** Bytes that follow the heads of an entry, in the order of their fields. */
interface Blob {
  /** "DAT" for the contents of a file; "XAT", "ACL" and so on for what Tatin has no use for. */
  readonly key: string;
  readonly bytes: number;
}

/** The head of an entry. Unknown fields are left out. */
export interface EntryHeader {
  readonly type: EntryType;
  /** As it was packed, with slashes; empty for the folder itself. */
  readonly path: string;
  /** Where a link leads. */
  readonly linkTarget: string | undefined;
  /** Permission bits. */
  readonly mode: number | undefined;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number | undefined;
  readonly blobs: readonly Blob[];
  /** Whether its contents are those of another entry, which only a key names. */
  readonly isSharedData: boolean;
}

/** Length of what comes before the fields, and how long a head is at most. */
export const headPrefixBytes = 6;

/**
 * The length of the head that begins with these {@link headPrefixBytes}.
 * @returns why it begins none, as the end of a sentence, if so
 */
export function headLength(prefix: Buffer): number | string {
  const magic = prefix.toString('latin1', 0, 4);
  if (magic !== 'AA01' && magic !== 'YAA1') return 'no entry begins here';
  const length = prefix.readUInt16LE(4);
  return length < headPrefixBytes ? 'the head of an entry is shorter than itself' : length;
}

const uintBytes: Readonly<Record<string, number>> = { '1': 1, '2': 2, '4': 4, '8': 8 };
const hashBytes: Readonly<Record<string, number>> = { F: 4, G: 20, H: 32, I: 48, J: 64 };
const timeBytes: Readonly<Record<string, number>> = { S: 8, T: 12 };
const blobSizeBytes: Readonly<Record<string, number>> = { A: 2, B: 4, C: 8 };
const decoder = new TextDecoder('utf-8', { fatal: true });

type Value = { number: number } | { text: string } | { timeMs: number } | { blob: number } | undefined;

/**
 * Reads the fields of a head.
 * @param head all of it, prefix included
 * @returns why it can't be, as the end of a sentence, if so
 */
export function readEntryHeader(head: Buffer): EntryHeader | string {
  const values = new Map<string, Value>();
  const blobs: Blob[] = [];
  for (let at = headPrefixBytes; at < head.length;) {
    if (at + 4 > head.length) return 'a field is cut off';
    const key = head.toString('latin1', at, at + 3);
    const field = readValue(head, at + 4, head.toString('latin1', at + 3, at + 4));
    if (typeof field === 'string') return field;
    if (values.has(key)) return `the field ${JSON.stringify(key)} is there twice`;
    values.set(key, field.value);
    if (field.value !== undefined && 'blob' in field.value) blobs.push({ key, bytes: field.value.blob });
    at = field.end;
  }
  return entryOf(values, blobs);
}

function entryOf(values: ReadonlyMap<string, Value>, blobs: readonly Blob[]): EntryHeader | string {
  const number = (key: string) => part(values.get(key), 'number');
  const typeCode = number('TYP');
  if (typeCode === undefined) return 'an entry does not say what it is';
  const path = part(values.get('PAT'), 'text');
  const type = typeByLetter[String.fromCharCode(typeCode)] ?? 'unknown';
  if (path === undefined && type !== 'metadata') return 'an entry has no path';
  return {
    type,
    path: path ?? '',
    linkTarget: part(values.get('LNK'), 'text'),
    mode: number('MOD'),
    modifiedMs: part(values.get('MTM'), 'timeMs'),
    blobs,
    isSharedData: values.has('HLC') || values.has('CLC'),
  };
}

function part<K extends string, T>(value: Value, key: K): Extract<Value, Record<K, T>>[K] | undefined {
  return value !== undefined && key in value ? (value as Extract<Value, Record<K, T>>)[key] : undefined;
}

/** A value at `at` and where it ends, or why it can't be read. */
function readValue(head: Buffer, at: number, type: string): { value: Value; end: number } | string {
  const known = uintBytes[type] ?? hashBytes[type] ?? timeBytes[type] ?? blobSizeBytes[type];
  const bytes = type === '*' ? 0 : type === 'P' ? 2 : known;
  if (bytes === undefined) return `a field has the type ${JSON.stringify(type)}, which is not known`;
  const end = at + bytes;
  if (end > head.length) return 'a field is cut off';
  if (type === 'P') return readText(head, end, head.readUInt16LE(at));
  if (type in uintBytes || type in blobSizeBytes) {
    const number = Number(readUint(head, at, bytes));
    if (!(type in blobSizeBytes)) return { value: { number }, end };
    return Number.isSafeInteger(number) ? { value: { blob: number }, end } : 'an entry says that it is endless';
  }
  if (type in timeBytes) return { value: { timeMs: readTime(head, at, bytes) }, end };
  return { value: undefined, end };
}

function readText(head: Buffer, from: number, length: number): { value: Value; end: number } | string {
  const end = from + length;
  if (end > head.length) return 'a field is cut off';
  try {
    return { value: { text: decoder.decode(head.subarray(from, end)) }, end };
  } catch (error) {
    return 'a name is not UTF-8 text';
  }
}

function readUint(head: Buffer, at: number, bytes: number): bigint {
  return bytes === 8 ? head.readBigUInt64LE(at) : BigInt(head.readUIntLE(at, bytes));
}

/** Seconds since 1970, and nanoseconds where there are 12 bytes. */
function readTime(head: Buffer, at: number, bytes: number): number {
  const seconds = Number(head.readBigInt64LE(at));
  return seconds * 1000 + (bytes === 12 ? Math.floor(head.readUInt32LE(at + 8) / 1e6) : 0);
}
