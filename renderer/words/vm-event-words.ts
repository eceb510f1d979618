import { printableLine } from '../../electron/contract/printable.ts';
import type { VmEvent } from '../../electron/contract/vm-events.ts';
import type { StateLook } from './state-words.ts';

/** What an event is about, for who looks for one sort. */
export type EventSort = 'life' | 'trouble' | 'health' | 'schedule';

export const eventSorts: readonly { value: EventSort | 'all'; label: string }[] = [
  { value: 'all', label: 'All events' },
  { value: 'life', label: 'Starts and ends' },
  { value: 'trouble', label: 'Failures and restarts' },
  { value: 'health', label: 'Health' },
  { value: 'schedule', label: 'Schedule' },
];

const kinds: Record<VmEvent['kind'], { sort: EventSort; look: StateLook; text: string }> = {
  started: { sort: 'life', look: 'running', text: 'Started' },
  resumed: { sort: 'life', look: 'running', text: 'Resumed' },
  stopped: { sort: 'life', look: 'stopped', text: 'Stopped when asked' },
  suspended: { sort: 'life', look: 'suspended', text: 'Suspended' },
  failed: { sort: 'trouble', look: 'failed', text: 'Failed' },
  held: { sort: 'trouble', look: 'paused', text: 'Paused by itself' },
  restarting: { sort: 'trouble', look: 'busy', text: 'Starting again' },
  unhealthy: { sort: 'health', look: 'failed', text: 'Unhealthy' },
  healthy: { sort: 'health', look: 'running', text: 'Healthy again' },
  scheduled: { sort: 'schedule', look: 'busy', text: 'By schedule' },
  missed: { sort: 'schedule', look: 'paused', text: 'Not done by schedule' },
};

/** How an event looks and what it says; `reason` is the part behind it. */
export function eventWords({ kind, by, reason, attempt }: VmEvent): {
  sort: EventSort;
  look: StateLook;
  text: string;
  reason: string | undefined;
} {
  const { sort, look, text } = kinds[kind];
  if (kind === 'stopped' && by === 'guest') return { sort, look, text: 'Shut itself down', reason };
  if (kind === 'restarting') return { sort, look, text: `${text}, attempt ${attempt ?? 1}`, reason };
  return { sort, look, text, reason };
}

/** One line, whatever the event quotes, for a text that is copied or saved. */
export function eventLine(event: VmEvent): string {
  const { text, reason } = eventWords(event);
  return printableLine(`${event.at}  ${text}${reason === undefined ? '' : `: ${reason}`}`);
}
