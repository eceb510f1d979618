const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const steps: readonly [seconds: number, unit: string, units: string][] = [
  [365 * day, 'year', 'years'],
  [30 * day, 'month', 'months'],
  [7 * day, 'week', 'weeks'],
  [day, 'day', 'days'],
  [hour, 'hour', 'hours'],
  [minute, 'min', 'min'],
  [1, 's', 's'],
];

/** How long ago something was, in one unit: "3 days ago"; "now" within a minute, and where clocks disagree. */
export function agoText(time: string | Date, nowMs: number = Date.now()): string {
  const seconds = (nowMs - new Date(time).getTime()) / 1000;
  return seconds < minute ? 'now' : `${lengthText(seconds)} ago`;
}

/** The same for what may also be to come, such as the next attempt, or on a shared drive whose clock is ahead: "in 40 s". */
export function relativeText(time: string | Date, nowMs: number = Date.now()): string {
  const secondsAhead = (new Date(time).getTime() - nowMs) / 1000;
  return secondsAhead < 1 ? agoText(time, nowMs) : `in ${lengthText(secondsAhead)}`;
}

/**
 * In the largest unit that fits, for a second or more.
 * Not `Intl.RelativeTimeFormat`, which says the same and takes longer to load than a list of VMs to make.
 */
function lengthText(seconds: number): string {
  const [size, unit, units] = steps.find(([min]) => seconds >= min) ?? [1, 's', 's'];
  const count = Math.floor(seconds / size);
  return `${count} ${count === 1 ? unit : units}`;
}
