import { durationText } from './durations.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const steps: readonly [seconds: number, unit: string][] = [
  [365 * day, 'year'],
  [30 * day, 'month'],
  [7 * day, 'week'],
  [day, 'day'],
  [hour, 'hour'],
  [minute, 'min'],
];

/** How long ago, in one unit: "3 days ago", "now". */
export function agoText(iso: string, nowMs: number = Date.now()): string {
  const seconds = Math.max(0, (nowMs - Date.parse(iso)) / 1000);
  const step = steps.find(([size]) => seconds >= size);
  if (step === undefined) return 'now';
  const count = Math.floor(seconds / step[0]);
  return `${count} ${step[1]}${count === 1 || step[1] === 'min' ? '' : 's'} ago`;
}

/** The exact time, for who hovers. */
export function exactText(iso: string): string {
  return new Date(iso).toLocaleString();
}

/** How long since, for what still goes on. */
export function sinceText(iso: string, nowMs: number = Date.now()): string {
  return durationText(nowMs - Date.parse(iso));
}
