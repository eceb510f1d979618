import { describe, expect, it } from 'vitest';
import type { Usage } from '../../../contract/machine.ts';
import type { UsagePoint } from '../../../contract/usage-history.ts';
import { temporaryFolder } from '../../../library/testing/temporary-home.ts';
import { readUsage } from '../../../library/usage-history.ts';
import { ManualClock } from '../../../supervision/testing/manual-clock.ts';
import { type Counters, UsageRecorder } from './usage-recorder.ts';

const patience = { timeout: 20_000 };

/** A guest that takes ever the same, recorded in a folder of its own. */
async function record(
  folder: string,
  clock: ManualClock,
  more: { network?: () => Promise<Counters | undefined>; disks?: () => Promise<Counters | undefined> } = {},
): Promise<UsageRecorder> {
  const bytes = (perSecond: number): number => ((clock.now() - start) / 1000) * perSecond;
  const usage = (): Promise<Usage[]> =>
    Promise.resolve([{ at: new Date(clock.now()).toISOString(), cpuFraction: 0.5, memoryBytes: 1000 }]);
  const recorder = await UsageRecorder.begin(
    folder,
    {
      usage,
      disks: () => Promise.resolve({ inBytes: bytes(100), outBytes: bytes(50) }),
      network: () => Promise.resolve({ inBytes: bytes(7), outBytes: bytes(3) }),
      ...more,
    },
    clock,
  );
  if (recorder === undefined) throw new Error('nothing can be written there');
  return recorder;
}
const start = Date.parse('2026-03-02T12:00:00.000Z');

/** Lets so many steps pass, each when the one before is written down. */
async function steps(folder: string, clock: ManualClock, count: number): Promise<UsagePoint[]> {
  const read = async (): Promise<UsagePoint[]> => (await readUsage(folder, 'hour', clock.now())).points;
  for (let step = 0; step < count; step++) {
    await expect.poll(() => clock.waits, patience).toHaveLength(1);
    const before = (await read()).length;
    clock.pass(step === 0 ? 0 : 10_000);
    await expect.poll(async () => (await read()).length, patience).toBe(before + 1);
  }
  return await read();
}

describe('What is written down of a machine', () => {
  it('are its processors, memory, disks and network, the last two from the second look on', async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock(new Date(start).toISOString());
    await using _recorder = await record(folder.path, clock);
    const points = await steps(folder.path, clock, 5);
    expect(points[0]).toEqual({ at: '2026-03-02T12:00:00.000Z', cpuFraction: 0.5, cpuMax: 0.5, memoryBytes: 1000 });
    expect(points[1]).toMatchObject({ diskRead: 100, diskWritten: 50 });
    expect(points[1]).not.toHaveProperty('networkIn');
    expect(points[3]).toMatchObject({ networkIn: 7, networkOut: 3 });
    expect(points[4]).toMatchObject({ networkIn: 7, networkOut: 3, diskRead: 100 });
  });

  it('leaves unknown what can’t be told, and a counter that began anew', async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock(new Date(start).toISOString());
    const read = [1000, 0, 500];
    await using _recorder = await record(folder.path, clock, {
      network: () => Promise.reject(new Error('no agent')),
      disks: () => Promise.resolve({ inBytes: read.shift() ?? 500, outBytes: 0 }),
    });
    const points = await steps(folder.path, clock, 3);
    expect(points.map(({ diskRead }) => diskRead)).toEqual([undefined, undefined, 50]);
    expect(points.some((point) => 'networkIn' in point)).toBe(false);
  });

  it('waits for no source that hangs, and ends all the same', async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock(new Date(start).toISOString());
    const recorder = await record(folder.path, clock, { disks: () => new Promise(() => undefined) });
    clock.pass(60_000);
    expect(clock.waits).toEqual([]);
    await recorder[Symbol.asyncDispose]();
    expect((await readUsage(folder.path, 'hour', clock.now())).points).toEqual([]);
  });
});
