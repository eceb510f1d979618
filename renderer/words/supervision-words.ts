import {
  type Health,
  type HealthCheck,
  type ScheduledAction,
  type ScheduleEntry,
  type Weekday,
  weekdays,
} from '../../electron/contract/supervision.ts';

export const healthWords: Record<Health['state'], string> = {
  starting: 'Starting up',
  healthy: 'Healthy',
  unhealthy: 'Unhealthy',
  unknown: 'Not known',
};

/** What is asked, in a few words. */
export function checkText(check: HealthCheck): string {
  if (check.by === 'agent') return 'Guest agent';
  return check.by === 'tcp' ? `Port ${check.port}` : `Web page ${check.path} at port ${check.port}`;
}

export const actionWords: Record<ScheduledAction, string> = {
  start: 'Start',
  suspend: 'Suspend',
  'shut-down': 'Shut down',
};

export const weekdayWords: Record<Weekday, string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};

/** "Every day", "Mon to Fri", "Sat, Sun", "Mon, Wed to Fri". */
export function daysText(days: readonly Weekday[]): string {
  const chosen = weekdays.map((day) => days.includes(day));
  if (chosen.every((is) => is)) return 'Every day';
  const parts: string[] = [];
  for (let first = 0; first < weekdays.length; first++) {
    if (chosen[first] !== true) continue;
    let last = first;
    while (chosen[last + 1] === true) last++;
    const names = weekdays.slice(first, last + 1).map((day) => weekdayWords[day]);
    parts.push(names.length > 2 ? `${names[0] ?? ''} to ${names.at(-1) ?? ''}` : names.join(', '));
    first = last;
  }
  return parts.join(', ');
}

/** "Suspend, Mon to Fri at 19:30". */
export function entryText({ action, days, time }: ScheduleEntry): string {
  return `${actionWords[action]}, ${daysText(days)} at ${time}`;
}

/** "today at 19:30", "tomorrow at 08:00", "Fri at 08:00", else the date. */
export function momentText(iso: string, nowMs: number = Date.now()): string {
  const then = new Date(iso);
  const time = `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`;
  const days = Math.round((startOfDay(then) - startOfDay(new Date(nowMs))) / 86_400_000);
  if (days === 0) return `today at ${time}`;
  if (days === 1) return `tomorrow at ${time}`;
  // `getDay` begins with Sunday.
  const day = weekdays[(then.getDay() + 6) % 7] ?? 'mon';
  if (days > 1 && days < 7) return `${weekdayWords[day]} at ${time}`;
  return `${then.toLocaleDateString()} at ${time}`;
}

/** A day with a change of clocks is an hour longer or shorter, which rounding above takes away. */
function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}
