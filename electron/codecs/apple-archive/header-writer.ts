/** What the head of an entry says of a file or folder. */
export interface PackedEntry {
  readonly type: 'file' | 'folder';
  /** With slashes; empty for the folder that was packed. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Times in nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  readonly createdNs: bigint;
  readonly changedNs: bigint;
  /** Length of the contents; of no meaning for a folder. */
  readonly bytes: number;
}

/**
 * The head of an entry, with the fields that Tart's own exports have, where they apply: TYP PAT LNK DEV DAT UID GID MOD FLG
 * MTM BTM CTM. Contents follow it.
 */
export function entryHead(entry: PackedEntry): Buffer {
  const fields = Buffer.concat([
    uint('TYP', entry.type === 'file' ? 'F'.charCodeAt(0) : 'D'.charCodeAt(0)),
    text('PAT', entry.path),
    uint('UID', entry.uid),
    uint('GID', entry.gid),
    // Two bytes, as Apple's own archives have them.
    field('MOD', '2', uintBytes(entry.mode & 0o7777, 2)),
    uint('FLG', 0),
    time('MTM', entry.modifiedNs),
    time('BTM', entry.createdNs),
    time('CTM', entry.changedNs),
    ...(entry.type === 'file' ? [blob('DAT', entry.bytes)] : []),
  ]);
  const prefix = Buffer.alloc(6);
  prefix.write('AA01', 'latin1');
  prefix.writeUInt16LE(prefix.length + fields.length, 4);
  return Buffer.concat([prefix, fields]);
}

function field(key: string, type: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(key + type, 'latin1'), value]);
}

/** As short as it gets. */
function uint(key: string, value: number): Buffer {
  const bytes = value < 2 ** 8 ? 1 : value < 2 ** 16 ? 2 : value < 2 ** 32 ? 4 : 8;
  return field(key, String(bytes), uintBytes(value, bytes));
}

function blob(key: string, bytes: number): Buffer {
  if (bytes < 2 ** 16) return field(key, 'A', uintBytes(bytes, 2));
  if (bytes < 2 ** 32) return field(key, 'B', uintBytes(bytes, 4));
  return field(key, 'C', uintBytes(bytes, 8));
}

function text(key: string, value: string): Buffer {
  const bytes = Buffer.from(value);
  return field(key, 'P', Buffer.concat([uintBytes(bytes.length, 2), bytes]));
}

function time(key: string, ns: bigint): Buffer {
  const value = Buffer.alloc(12);
  // Nanoseconds count upwards, also before 1970.
  const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  value.writeBigInt64LE((ns - rest) / 1_000_000_000n);
  value.writeUInt32LE(Number(rest), 8);
  return field(key, 'T', value);
}

function uintBytes(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer.subarray(0, bytes);
}
