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

/** A length of time in at most two units: "2 h 14 min", "1 min 15 s". */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < minute) return `${whole} s`;
  if (whole < hour) return joined(Math.floor(whole / minute), 'min', whole % minute, 's');
  if (whole < day) return joined(Math.floor(whole / hour), 'h', Math.floor((whole % hour) / minute), 'min');
  return joined(Math.floor(whole / day), 'd', Math.floor((whole % day) / hour), 'h');
}

function joined(first: number, unit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${unit}` : `${first} ${unit} ${second} ${secondUnit}`;
}

/** The exact time, for who hovers. */
export function exactText(iso: string): string {
  return new Date(iso).toLocaleString();
}

/** How long since, for what still goes on. */
export function sinceText(iso: string, nowMs: number = Date.now()): string {
  return durationText((nowMs - Date.parse(iso)) / 1000);
}
