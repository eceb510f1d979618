import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageHistorySchema } from '../contract/usage-history.ts';
import { temporaryFolder } from './testing/temporary-home.ts';
import { readUsage, UsageWriter } from './usage-history.ts';
import { decodeRecord, encodeRecord, fileBytes, type UsageSample } from './usage-ring.ts';

const noon = Date.parse('2026-03-02T12:00:00Z');
const second = 1000;
const sample = (cpuFraction: number, more: Partial<UsageSample> = {}): UsageSample => ({
  cpuFraction,
  memoryBytes: 2 ** 30,
  ...more,
});

async function write(
  folder: string,
  samples: readonly (readonly [atMs: number, sample: UsageSample])[],
): Promise<void> {
  await using writer = await UsageWriter.open(folder);
  for (const [atMs, one] of samples) await writer?.add(one, atMs);
}

describe('The use of a machine over time', () => {
  it('is the mean of each step, with the most of its samples, and unknown where nothing told it', async () => {
    using folder = temporaryFolder();
    await write(folder.path, [
      [noon, sample(0.25, { diskRead: 100, networkIn: 5 })],
      [noon + 2 * second, sample(0.75, { diskRead: 300 })],
      [noon + 10 * second, sample(1)],
    ]);
    const history = await readUsage(folder.path, 'hour', noon + 15 * second);
    expect(usageHistorySchema.parse(history)).toEqual(history);
    expect(history).toEqual({
      from: '2026-03-02T11:00:20.000Z',
      to: '2026-03-02T12:00:20.000Z',
      stepSeconds: 10,
      points: [
        {
          ...{ at: '2026-03-02T12:00:00.000Z', cpuFraction: 0.5, cpuMax: 0.75, memoryBytes: 2 ** 30 },
          ...{ diskRead: 200, networkIn: 5 },
        },
        { at: '2026-03-02T12:00:10.000Z', cpuFraction: 1, cpuMax: 1, memoryBytes: 2 ** 30 },
      ],
    });
    for (const range of ['day', 'week'] as const)
      expect((await readUsage(folder.path, range, noon)).points).toMatchObject([{ cpuMax: 1 }]);
  });

  it('goes on in the same step after a restart, and takes no more room ever', async () => {
    using folder = temporaryFolder();
    await write(folder.path, [[noon, sample(0)]]);
    await write(folder.path, [[noon + second, sample(1)]]);
    expect((await readUsage(folder.path, 'hour', noon)).points).toMatchObject([{ cpuFraction: 0.5 }]);
    const file = path.join(folder.path, 'usage.ring');
    expect(statSync(file).size).toBe(fileBytes);
    await write(
      folder.path,
      Array.from({ length: 800 }, (_, index) => [noon + index * 10 * second, sample(0.5)] as const),
    );
    expect(statSync(file).size).toBe(fileBytes);
    expect(fileBytes).toBeLessThan(80_000);
    const later = noon + 799 * 10 * second;
    expect((await readUsage(folder.path, 'hour', later)).points).toHaveLength(360);
    expect((await readUsage(folder.path, 'day', later)).points).toHaveLength(67);
  });

  it('forgets what is older than its range, and shows a gap where it did not run', async () => {
    using folder = temporaryFolder();
    await write(folder.path, [
      [noon, sample(0.1)],
      [noon + 1800 * second, sample(0.2)],
    ]);
    const at = async (range: 'hour' | 'day', nowMs: number): Promise<number> =>
      (await readUsage(folder.path, range, nowMs)).points.length;
    expect(await at('hour', noon + 1800 * second)).toBe(2);
    expect(await at('hour', noon + 3700 * second)).toBe(1);
    expect(await at('hour', noon + 86_000 * second)).toBe(0);
    expect(await at('day', noon + 86_000 * second)).toBe(2);
  });

  it('leaves out a record that a power cut damaged, and begins anew in a file that is none of ours', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'usage.ring');
    await write(folder.path, [
      [noon, sample(0.1)],
      [noon + 10 * second, sample(0.2)],
    ]);
    const bytes = readFileSync(file);
    const at = bytes.indexOf(encodeFirst());
    bytes.writeUInt8(0xff, at + 9);
    writeFileSync(file, bytes);
    expect((await readUsage(folder.path, 'hour', noon + 10 * second)).points).toHaveLength(1);
    writeFileSync(file, 'something else');
    expect((await readUsage(folder.path, 'hour', noon)).points).toEqual([]);
    await write(folder.path, [[noon, sample(0.3)]]);
    expect((await readUsage(folder.path, 'hour', noon)).points).toHaveLength(1);
  });

  it('is none where there is no folder, and writing never stands in the way', async () => {
    expect(await UsageWriter.open('/nowhere/at/all')).toBeUndefined();
    expect((await readUsage('/nowhere/at/all', 'week', noon)).points).toEqual([]);
  });

  it('comes back from any record as it went in, as near as a number of 32 bits can', () => {
    const value = fc.option(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }), { nil: undefined });
    const values = fc.record({
      ...{ cpuFraction: value, cpuMax: value, memoryBytes: value, diskRead: value, diskWritten: value },
      ...{ networkIn: value, networkOut: value },
    });
    const whole = fc.integer({ min: 1, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(whole, whole, values, (slot, samples, all) => {
        const bytes = encodeRecord({ slot, samples, values: all });
        expect(decodeRecord(bytes)).toEqual({ slot, samples, values: { ...none, ...all } });
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(decodeRecord(Buffer.from(bytes))).toBeUndefined();
      }),
    );
  });
});

const none = {
  ...{ cpuFraction: undefined, cpuMax: undefined, memoryBytes: undefined, diskRead: undefined },
  ...{ diskWritten: undefined, networkIn: undefined, networkOut: undefined },
};

/** The first record that the test above wrote. */
function encodeFirst(): Buffer {
  const values = { ...none, cpuFraction: 0.1, cpuMax: 0.1, memoryBytes: 2 ** 30 };
  return encodeRecord({ slot: noon / 10_000, samples: 1, values });
}
