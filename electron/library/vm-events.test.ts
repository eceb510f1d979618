import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './testing/temporary-home.ts';
import { noteEvent, readEvents } from './vm-events.ts';

describe('The events of a VM', () => {
  it('are read newest first', async () => {
    using folder = temporaryFolder();
    await noteEvent(folder.path, { kind: 'started' }, new Date(0));
    await noteEvent(folder.path, { kind: 'stopped', by: 'guest' }, new Date(1000));
    const [last, first] = await readEvents(folder.path, 1000);
    expect(last).toEqual({ at: '1970-01-01T00:00:01.000Z', kind: 'stopped', by: 'guest' });
    expect(first).toEqual({ at: '1970-01-01T00:00:00.000Z', kind: 'started' });
    expect(await readEvents(folder.path, 1)).toEqual([last]);
  });

  it('are none where there is no log, and those that are whole where a kill cut one off', async () => {
    using folder = temporaryFolder();
    expect(await readEvents(folder.path, 5)).toEqual([]);
    await noteEvent(folder.path, { kind: 'started' });
    appendFileSync(path.join(folder.path, 'events.jsonl'), '{"at":"2026-01-01T00:0');
    await noteEvent(folder.path, { kind: 'failed', reason: 'lost with the line that it was written behind' });
    await noteEvent(folder.path, { kind: 'suspended' });
    expect((await readEvents(folder.path, 5)).map(({ kind }) => kind)).toEqual(['suspended', 'started']);
  });

  it('lose the older half when there are too many', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'events.jsonl');
    const line = JSON.stringify({ at: '2026-01-01T00:00:00.000Z', kind: 'started' });
    writeFileSync(file, `${line}\n`.repeat(6000));
    const before = statSync(file).size;
    await noteEvent(folder.path, { kind: 'suspended' });
    expect(statSync(file).size).toBeLessThan(before * 0.6);
    expect((await readEvents(folder.path, 2)).map(({ kind }) => kind)).toEqual(['suspended', 'started']);
    expect(readFileSync(file, 'utf8').startsWith(line)).toBe(true);
  });

  it('stay when several are noted while the log is shortened', async () => {
    using folder = temporaryFolder();
    const line = JSON.stringify({ at: '2026-01-01T00:00:00.000Z', kind: 'started' });
    writeFileSync(path.join(folder.path, 'events.jsonl'), `${line}\n`.repeat(6000));
    const reasons = Array.from({ length: 12 }, (_, number) => `reason ${number}`);
    await Promise.all(reasons.map((reason) => noteEvent(folder.path, { kind: 'failed', reason })));
    const noted = (await readEvents(folder.path, reasons.length)).map((event) => 'reason' in event && event.reason);
    expect(noted.toSorted()).toEqual(reasons.toSorted());
  });

  it('never stand in the way of work', async () => {
    await expect(noteEvent('/nowhere/at/all', { kind: 'started' })).resolves.toBeUndefined();
  });
});
