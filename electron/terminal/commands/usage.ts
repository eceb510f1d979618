import { Option } from 'commander';
import type { UsagePoint, UsageRange } from '../../contract/usage-history.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { type Column, textTable } from '../text-table.ts';
import { diskText, memoryText } from '../../contract/words/sizes.ts';
import { isoSeconds } from '../words.ts';

const help = `
Recorded while a VM runs: for the last hour every 10 seconds, for the last day every 2 minutes, for the last week
every 15. Network needs the agent in the guest. A step in which it did not run is left out.`;

/** One number over the whole range. */
interface Row {
  readonly title: string;
  readonly of: (point: UsagePoint) => number | undefined;
  readonly max?: (point: UsagePoint) => number | undefined;
  readonly text: (value: number) => string;
}

const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;
const rate = (bytes: number): string => `${diskText(bytes)}/s`;

const rows: readonly Row[] = [
  { title: 'CPU', of: ({ cpuFraction }) => cpuFraction, max: ({ cpuMax }) => cpuMax, text: percent },
  { title: 'Memory', of: ({ memoryBytes }) => memoryBytes, text: memoryText },
  { title: 'Disk read', of: ({ diskRead }) => diskRead, text: rate },
  { title: 'Disk written', of: ({ diskWritten }) => diskWritten, text: rate },
  { title: 'Network in', of: ({ networkIn }) => networkIn, text: rate },
  { title: 'Network out', of: ({ networkOut }) => networkOut, text: rate },
];

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<name>', 'VM')
    .addOption(new Option('--range <range>', 'Over the last ...').choices(['hour', 'day', 'week']).default('hour'))
    .option('--json', 'Print every step as JSON')
    .addHelpText('after', help)
    .action(async (name: string, { range, json }: { range: UsageRange; json?: true }) => {
      await using operations = await Operations.open(terminal);
      const history = await operations.call('usage.history', { id: localId(name), range });
      if (json === true) terminal.print(JSON.stringify(history, undefined, 2));
      else if (history.points.length === 0) terminal.note(`Nothing was recorded in the last ${range}.`);
      else terminal.print(textTable(columns(history.points), rows));
    });
};

function columns(points: readonly UsagePoint[]): Column<Row>[] {
  const known = (of: Row['of']): number[] => points.map(of).filter((value): value is number => value !== undefined);
  const shown = (value: number | undefined, text: Row['text']): string =>
    value === undefined ? 'not known' : text(value);
  const last = points.at(-1)?.at ?? '';
  return [
    { title: 'What', value: ({ title }) => title },
    { title: `At ${isoSeconds(new Date(last))}`, value: ({ of, text }) => shown(known(of).at(-1), text) },
    {
      title: 'Mean',
      value: ({ of, text }) => {
        const all = known(of);
        return shown(all.length === 0 ? undefined : all.reduce((a, b) => a + b, 0) / all.length, text);
      },
    },
    {
      title: 'Most',
      value: ({ of, max, text }) => {
        const all = known(max ?? of);
        return shown(all.length === 0 ? undefined : Math.max(...all), text);
      },
    },
  ];
}
