import type { VmEvent } from '../../contract/vm-events.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { type Column, textTable } from '../text-table.ts';
import { positiveUint16 } from '../values.ts';
import { relativeText } from '../../contract/words/times.ts';
import { isoSeconds } from '../words.ts';

const columns: readonly Column<VmEvent>[] = [
  { title: 'When', value: ({ at }) => isoSeconds(new Date(at)) },
  { title: 'Ago', value: ({ at }) => relativeText(at) },
  { title: 'What', value: eventText },
];

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<name>', 'VM')
    .option('--max <count>', 'At most this many, newest first', positiveUint16, 50)
    .option('--json', 'Print them as JSON')
    .action(async (name: string, { max, json }: { max: number; json?: true }) => {
      await using operations = await Operations.open(terminal);
      const events = await operations.call('vms.events', { id: localId(name), max });
      terminal.print(json === true ? JSON.stringify(events, undefined, 2) : textTable(columns, events));
    });
};

function eventText({ kind, by, reason, attempt }: VmEvent): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  if (kind === 'stopped') return by === 'guest' ? 'shut itself down' : 'stopped when asked';
  if (kind === 'held') return `paused by itself${why}`;
  if (kind === 'healthy') return 'healthy again';
  if (kind === 'scheduled') return `by schedule${why}`;
  if (kind === 'missed') return `not done by schedule${why}`;
  if (kind === 'restarting') return `starting again, attempt ${attempt ?? 1}${why}`;
  return `${kind}${why}`;
}
