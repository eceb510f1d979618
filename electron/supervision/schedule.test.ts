import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ScheduleEntry, weekdays } from '../contract/supervision.ts';
import { parseScheduleEntry } from '../contract/supervision-words.ts';
import { lastOccurrence, localTime, nextOccurrence, type Occurrence } from './schedule.ts';

const zone = 'Europe/Berlin';
const schedule = (...texts: string[]): ScheduleEntry[] => texts.map((text) => parseScheduleEntry(text)!);
const iso = (occurrence: Occurrence | undefined): string | undefined =>
  occurrence === undefined ? undefined : new Date(occurrence.atMs).toISOString();
const next = (entries: ScheduleEntry[], after: string): string | undefined =>
  iso(nextOccurrence(entries, Date.parse(after), zone));

describe('A schedule', () => {
  const work = schedule('start mon-fri 08:00', 'suspend mon-fri 19:30');

  it('comes next on one of its days, by the clock of its place', () => {
    // A Friday in winter, an hour behind.
    expect(next(work, '2026-02-27T06:59:00Z')).toBe('2026-02-27T07:00:00.000Z');
    expect(next(work, '2026-02-27T07:00:00Z')).toBe('2026-02-27T18:30:00.000Z');
    expect(next(work, '2026-02-27T18:30:00Z')).toBe('2026-03-02T07:00:00.000Z');
    expect(nextOccurrence(work, Date.parse('2026-02-27T12:00:00Z'), zone)?.entry.action).toBe('suspend');
    expect(nextOccurrence([], 0, zone)).toBeUndefined();
  });

  it('comes right after the hour that is left out in spring', () => {
    const daily = schedule('start daily 02:30');
    expect(next(daily, '2026-03-28T02:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(next(daily, '2026-03-29T01:00:00Z')).toBe('2026-03-30T00:30:00.000Z');
  });

  it('comes once in the hour that comes twice in autumn', () => {
    const daily = schedule('start daily 02:30');
    expect(next(daily, '2026-10-24T01:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(next(daily, '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });

  it('knows the last thing that it had to do since a time, and only that', () => {
    const last = (after: string, until: string): string | undefined =>
      iso(lastOccurrence(work, Date.parse(after), Date.parse(until), zone));
    expect(last('2026-02-27T07:00:00Z', '2026-02-27T07:00:30Z')).toBeUndefined();
    expect(last('2026-02-27T06:59:59Z', '2026-02-27T07:00:00Z')).toBe('2026-02-27T07:00:00.000Z');
    expect(last('2026-02-20T12:00:00Z', '2026-03-02T07:00:10Z')).toBe('2026-03-02T07:00:00.000Z');
    expect(last('2026-02-27T18:30:00Z', '2026-03-02T06:59:59Z')).toBeUndefined();
  });

  it('says its times by the clock of its place', () => {
    expect(localTime(Date.parse('2026-07-01T17:30:00Z'), zone)).toBe('2026-07-01 19:30');
  });

  it('has as its last thing before a next one nothing in between, all year and across changes of clocks', () => {
    const anyEntry = fc.record({
      action: fc.constantFrom('start' as const, 'suspend' as const),
      time: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
        .map(([hour, minute]) => [hour, minute].map((part) => String(part).padStart(2, '0')).join(':')),
      days: fc.subarray([...weekdays], { minLength: 1 }),
    });
    const year = { min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2027-01-01T00:00:00Z') };
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 3 }), fc.integer(year), (entries, afterMs) => {
        const coming = nextOccurrence(entries, afterMs, zone);
        expect(coming).toBeDefined();
        const atMs = coming?.atMs ?? 0;
        expect(atMs - afterMs).toBeLessThanOrEqual(8 * 86_400_000);
        expect(lastOccurrence(entries, afterMs, atMs, zone)?.atMs).toBe(atMs);
        expect(lastOccurrence(entries, afterMs, atMs - 1, zone)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});
