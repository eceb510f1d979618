import {
  type HealthCheck,
  healthCheckSchema,
  type ScheduleEntry,
  scheduleEntrySchema,
  type Weekday,
  weekdays,
} from './supervision.ts';

/** Checks and schedules as a person types them in a terminal, and as every interface prints them. */

/** `agent`, `tcp:22`, `http:80/path`. */
export function printHealthCheck(check: HealthCheck): string {
  if (check.by === 'agent') return 'agent';
  return check.by === 'tcp' ? `tcp:${check.port}` : `http:${check.port}${check.path}`;
}

/** The inverse of {@link printHealthCheck}; undefined if it is none. */
export function parseHealthCheck(text: string): HealthCheck | undefined {
  const [, by, port, path] = /^(agent|tcp|http)(?::(\d{1,5}))?(\/.*)?$/.exec(text) ?? [];
  const input =
    by === 'http'
      ? { by, port: Number(port), path: path ?? '/' }
      : by === 'tcp' && path === undefined
        ? { by, port: Number(port) }
        : by === 'agent' && port === undefined && path === undefined
          ? { by }
          : undefined;
  const parsed = healthCheckSchema.safeParse(input);
  return parsed.success ? parsed.data : undefined;
}

/** `suspend mon-fri 19:30`; days that follow each other are a range, and all of them are `daily`. */
export function printScheduleEntry({ action, time, days }: ScheduleEntry): string {
  return `${action} ${printDays(days)} ${time}`;
}

/** The inverse of {@link printScheduleEntry}; undefined if it is none. */
export function parseScheduleEntry(text: string): ScheduleEntry | undefined {
  const [action, dayText, time, ...more] = text.trim().toLowerCase().split(/\s+/);
  const days = parseDays(dayText ?? '');
  if (days === undefined || more.length > 0) return undefined;
  const parsed = scheduleEntrySchema.safeParse({ action, time: time?.padStart(5, '0'), days });
  return parsed.success ? parsed.data : undefined;
}

/** `mon-fri`, `sat,sun`, `daily`. */
function printDays(days: readonly Weekday[]): string {
  const chosen = weekdays.map((day) => days.includes(day));
  if (chosen.every((is) => is)) return 'daily';
  const parts: string[] = [];
  for (let first = 0; first < weekdays.length; first++) {
    if (chosen[first] !== true) continue;
    let last = first;
    while (chosen[last + 1] === true) last++;
    parts.push(...range(first, last));
    first = last;
  }
  return parts.join(',');
}

/** Two days are shorter said by themselves. */
function range(first: number, last: number): string[] {
  if (last - first < 2) return weekdays.slice(first, last + 1);
  return [`${weekdays[first] ?? ''}-${weekdays[last] ?? ''}`];
}

function parseDays(text: string): Weekday[] | undefined {
  if (text === 'daily') return [...weekdays];
  const days = text.split(',').flatMap((part) => {
    const [first = '', last = first, ...more] = part.split('-').map((day) => day.slice(0, 3));
    const [from, to] = [weekdays.findIndex((day) => day === first), weekdays.findIndex((day) => day === last)];
    if (from === -1 || to === -1 || more.length > 0) return [undefined];
    // A range may go over the end of the week: fri-mon.
    return from <= to ? weekdays.slice(from, to + 1) : [...weekdays.slice(from), ...weekdays.slice(0, to + 1)];
  });
  const known = days.filter((day) => day !== undefined);
  return known.length === days.length && known.length > 0 ? weekdays.filter((day) => known.includes(day)) : undefined;
}
