import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { UsageHistory, UsagePoint, UsageRange } from '../contract/usage-history.ts';
import { openToWrite, readBounded } from '../files/bounded-file.ts';
import { tatinFiles } from './layout.ts';
import {
  decodeRecord,
  encodeRecord,
  fileBytes,
  header,
  placeOf,
  recordBytes,
  rings,
  type UsageRecord,
  type UsageSample,
  withSample,
} from './usage-ring.ts';

/**
 * Writes down what a machine takes, in its folder, in a file of fixed size. Only the holder of the machine's lock does.
 * Each sample is written at once, so that a kill loses none. Nothing here fails: a full disk loses samples and no more.
 */
export class UsageWriter implements AsyncDisposable {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Goes on with the file that is there, or makes a new one in place of what is none; undefined if it can't. */
  static async open(folder: string): Promise<UsageWriter | undefined> {
    const file = path.join(folder, tatinFiles.usage);
    let handle: FileHandle | undefined;
    try {
      handle = await openToWrite(file, 0o666, 'r+');
      if (!(await isWhole(handle))) {
        await handle.truncate(0);
        await handle.truncate(fileBytes);
        await handle.write(header, 0, header.length, 0);
      }
      return new UsageWriter(handle);
    } catch {
      await handle?.close().catch(() => undefined);
      return undefined;
    }
  }

  /** Adds what was measured to the step of every range that the time belongs to. */
  async add(sample: UsageSample, atMs: number): Promise<void> {
    try {
      for (const ring of rings) {
        const { slot, offset } = placeOf(ring, atMs);
        const record = withSample(await this.#read(offset), slot, sample);
        await this.#handle.write(encodeRecord(record), 0, recordBytes, offset);
      }
    } catch {
      // The disk is full, or the folder was moved to another one: the machine matters more.
    }
  }

  async #read(offset: number): Promise<UsageRecord | undefined> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(recordBytes), 0, recordBytes, offset);
    return decodeRecord(buffer.subarray(0, bytesRead));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }
}

async function isWhole(handle: FileHandle): Promise<boolean> {
  if ((await handle.stat()).size !== fileBytes) return false;
  const { buffer } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0);
  return buffer.equals(header);
}

/** What a machine took over the last hour, day or week; no points where nothing was written down or can be read. */
export async function readUsage(folder: string, range: UsageRange, nowMs = Date.now()): Promise<UsageHistory> {
  const ring = rings.find((one) => one.range === range) ?? rings[0];
  if (ring === undefined) throw new Error('There are no rings.');
  const { stepSeconds, count } = ring;
  const stepMs = stepSeconds * 1000;
  const { slot: last } = placeOf(ring, nowMs);
  const bytes = await readBounded(path.join(folder, tatinFiles.usage), fileBytes).catch(() => Buffer.alloc(0));
  const isOurs = bytes.length === fileBytes && bytes.subarray(0, header.length).equals(header);
  const points: UsagePoint[] = [];
  for (let slot = last - count + 1; isOurs && slot <= last; slot++) {
    const { offset } = placeOf(ring, slot * stepMs);
    const record = decodeRecord(bytes.subarray(offset, offset + recordBytes));
    if (record?.slot === slot) points.push(pointOf(record, stepMs));
  }
  const iso = (ms: number): string => new Date(ms).toISOString();
  return { from: iso((last - count + 1) * stepMs), to: iso((last + 1) * stepMs), stepSeconds, points };
}

function pointOf({ slot, values }: UsageRecord, stepMs: number): UsagePoint {
  const { cpuFraction = 0, cpuMax = 0, memoryBytes = 0, ...rates } = values;
  const known = Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined));
  return { at: new Date(slot * stepMs).toISOString(), cpuFraction, cpuMax, memoryBytes, ...known };
}
