/** A field of an entry's head: three letters, the letter of its type, and the value as it is written. */
export interface Field {
  readonly key: string;
  readonly type: string;
  readonly value: Uint8Array;
}

/** An entry as a test wants it, however wrong. */
export interface MadeEntry {
  readonly fields: readonly Field[];
  /** What follows the head. */
  readonly data?: Uint8Array;
}

export function uintField(key: string, value: number | bigint, bytes: 1 | 2 | 4 | 8 = 1): Field {
  return { key, type: String(bytes), value: little(value, bytes) };
}

export function textField(key: string, text: string | Uint8Array): Field {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return { key, type: 'P', value: Buffer.concat([little(bytes.length, 2), bytes]) };
}

export function blobField(key: string, length: number | bigint): Field {
  return { key, type: 'C', value: little(length, 8) };
}

/** An entry of this type (the letter of its `TYP`) and path. */
export function entry(type: string, path: string | Uint8Array, ...more: readonly Field[]): MadeEntry {
  return { fields: [uintField('TYP', type.charCodeAt(0)), textField('PAT', path), ...more] };
}

/** A file with contents; `saysBytes` is the length that it claims. */
export function file(path: string, data: string | Uint8Array, saysBytes?: number | bigint): MadeEntry {
  const bytes = Buffer.from(data);
  return { ...entry('F', path, blobField('DAT', saysBytes ?? bytes.length)), data: bytes };
}

/** An archive without a container. */
export function archiveOf(...entries: readonly MadeEntry[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ fields, data }) => {
      const body = Buffer.concat(fields.map(({ key, type, value }) => Buffer.concat([Buffer.from(key + type), value])));
      return [Buffer.from('AA01'), little(6 + body.length, 2), body, data ?? Buffer.alloc(0)];
    }),
  );
}

/** A container: its letter, the size of blocks that it names, and blocks of plain length and packed data. */
export function containerOf(
  letter: string,
  blockBytes: number | bigint,
  ...blocks: readonly { plainBytes: number | bigint; packedBytes?: number | bigint; packed: Uint8Array }[]
): Buffer {
  return Buffer.concat([
    Buffer.from(`pbz${letter}`),
    big(blockBytes),
    ...blocks.flatMap(({ plainBytes, packedBytes, packed }) => [
      big(plainBytes),
      big(packedBytes ?? packed.length),
      packed,
    ]),
  ]);
}

function little(value: number | bigint, bytes: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer.subarray(0, bytes);
}

function big(value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
}
