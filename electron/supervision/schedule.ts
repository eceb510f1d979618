import { Cron } from 'croner';
import type { ScheduleEntry } from '../contract/supervision.ts';

/** An entry of a schedule at one of its times. */
export interface Occurrence {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly entry: ScheduleEntry;
}

/**
 * What a schedule does next after a time. On the day when clocks go forward, a time that is left out comes right after
 * the gap; when they go back, one that comes twice counts once.
 * @param timeZone IANA name; default: the host's
 */
export function nextOccurrence(
  schedule: readonly ScheduleEntry[],
  afterMs: number,
  timeZone?: string,
): Occurrence | undefined {
  const all = schedule.flatMap((entry) => {
    const next = cronOf(entry, timeZone).nextRun(new Date(afterMs));
    return next === null ? [] : [{ atMs: next.getTime(), entry }];
  });
  return all.reduce<Occurrence | undefined>((a, b) => (a === undefined || b.atMs < a.atMs ? b : a), undefined);
}

/** The last thing that a schedule had to do after one time and until another, both in milliseconds since the epoch. */
export function lastOccurrence(
  schedule: readonly ScheduleEntry[],
  afterMs: number,
  untilMs: number,
  timeZone?: string,
): Occurrence | undefined {
  const all = schedule.flatMap((entry) => {
    // What is asked for is before the given time, and the library counts in seconds.
    const [last] = cronOf(entry, timeZone).previousRuns(1, new Date(Math.floor(untilMs / 1000) * 1000 + 1000));
    const atMs = last?.getTime() ?? 0;
    return atMs > afterMs && atMs <= untilMs ? [{ atMs, entry }] : [];
  });
  return all.reduce<Occurrence | undefined>((a, b) => (a === undefined || b.atMs >= a.atMs ? b : a), undefined);
}

function cronOf({ time, days }: ScheduleEntry, timeZone: string | undefined): Cron {
  const [hour = '0', minute = '0'] = time.split(':');
  const pattern = `${Number(minute)} ${Number(hour)} * * ${days.join(',').toUpperCase()}`;
  return new Cron(pattern, { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) });
}

/** `2026-03-02 19:30`, by the host's clock. */
export function localTime(atMs: number, timeZone?: string): string {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(atMs);
}
