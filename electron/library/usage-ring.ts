import { crc32 } from 'node:zlib';
import type { UsagePoint, UsageRange } from '../contract/usage-history.ts';

/**
 * How the use of a machine is laid out in its file: a header, then one ring of records for each range. A record has a
 * fixed place for its time, so a file never grows, and what is older than its ring is overwritten or known by its slot.
 */

interface Ring {
  readonly range: UsageRange;
  readonly stepSeconds: number;
  readonly count: number;
}

/** As many steps as a small chart can draw. */
export const rings: readonly Ring[] = [
  { range: 'hour', stepSeconds: 10, count: 360 },
  { range: 'day', stepSeconds: 120, count: 720 },
  { range: 'week', stepSeconds: 900, count: 672 },
];

/** The eighth letter is the version of the layout. */
export const header = Buffer.from('TATINUS1', 'latin1');

/** Slot, number of samples, seven values, checksum; four bytes each, little-endian. */
const valueNames = [
  'cpuFraction',
  'cpuMax',
  'memoryBytes',
  'diskRead',
  'diskWritten',
  'networkIn',
  'networkOut',
] as const;
export const recordBytes = 4 * (2 + valueNames.length + 1);

export const fileBytes = header.length + rings.reduce((sum, { count }) => sum + count * recordBytes, 0);

/** What was measured at once; undefined: could not be told. */
export type UsageSample = Omit<UsagePoint, 'at' | 'cpuMax'>;

/** The mean of all samples in one step of time. */
export interface UsageRecord {
  /** Steps since the epoch. */
  readonly slot: number;
  readonly samples: number;
  readonly values: Readonly<Record<(typeof valueNames)[number], number | undefined>>;
}

/** Where the record of that time stands in the file, and its slot. */
export function placeOf(ring: Ring, atMs: number): { slot: number; offset: number } {
  const slot = Math.floor(atMs / 1000 / ring.stepSeconds);
  let start = header.length;
  for (const other of rings) {
    if (other.range === ring.range) break;
    start += other.count * recordBytes;
  }
  return { slot, offset: start + (slot % ring.count) * recordBytes };
}

/** A record with one more sample in it; begins a new one where `before` is of another step. */
export function withSample(before: UsageRecord | undefined, slot: number, sample: UsageSample): UsageRecord {
  const { samples, values } = before?.slot === slot ? before : { samples: 0, values: undefined };
  const mean = (old: number | undefined, now: number | undefined): number | undefined =>
    old === undefined || now === undefined ? (now ?? old) : old + (now - old) / (samples + 1);
  return {
    slot,
    samples: samples + 1,
    values: {
      cpuFraction: mean(values?.cpuFraction, sample.cpuFraction),
      cpuMax: Math.max(values?.cpuMax ?? 0, sample.cpuFraction),
      memoryBytes: mean(values?.memoryBytes, sample.memoryBytes),
      diskRead: mean(values?.diskRead, sample.diskRead),
      diskWritten: mean(values?.diskWritten, sample.diskWritten),
      networkIn: mean(values?.networkIn, sample.networkIn),
      networkOut: mean(values?.networkOut, sample.networkOut),
    },
  };
}

export function encodeRecord({ slot, samples, values }: UsageRecord): Buffer {
  const bytes = Buffer.alloc(recordBytes);
  bytes.writeUInt32LE(slot, 0);
  bytes.writeUInt32LE(samples, 4);
  // What is not known is not a number, in the file too.
  valueNames.forEach((name, index) => bytes.writeFloatLE(values[name] ?? Number.NaN, 8 + index * 4));
  bytes.writeUInt32LE(crc32(bytes.subarray(0, recordBytes - 4)), recordBytes - 4);
  return bytes;
}

/** Undefined for a place never written, and for a record that a power cut left half-written. */
export function decodeRecord(bytes: Buffer): UsageRecord | undefined {
  if (bytes.length !== recordBytes || bytes.readUInt32LE(4) === 0) return undefined;
  if (crc32(bytes.subarray(0, recordBytes - 4)) !== bytes.readUInt32LE(recordBytes - 4)) return undefined;
  const value = (name: (typeof valueNames)[number]): number | undefined => {
    const read = bytes.readFloatLE(8 + valueNames.indexOf(name) * 4);
    return Number.isFinite(read) && read >= 0 ? read : undefined;
  };
  return {
    slot: bytes.readUInt32LE(0),
    samples: bytes.readUInt32LE(4),
    values: {
      cpuFraction: value('cpuFraction'),
      cpuMax: value('cpuMax'),
      memoryBytes: value('memoryBytes'),
      diskRead: value('diskRead'),
      diskWritten: value('diskWritten'),
      networkIn: value('networkIn'),
      networkOut: value('networkOut'),
    },
  };
}
