import { Option } from 'commander';
import { printHealthCheck, printScheduleEntry } from '../../contract/supervision-words.ts';
import type { MachineVm } from '../../contract/machine.ts';
import { printableLine } from '../../contract/printable.ts';
import { relativeText } from '../../contract/words/times.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { type Column, textTable } from '../text-table.ts';
import { requireReadable } from '../vm-fields.ts';

const columns: readonly Column<MachineVm>[] = [
  { title: 'Name', value: ({ name }) => name },
  { title: 'State', value: ({ state }) => state.phase },
  { title: 'Health', value: healthText },
  { title: 'Restart', value: ({ annotations }) => annotations.restart },
  { title: 'Next', value: nextText },
];

const help = `
Health is checked, and schedules are kept, by the app or by tatin serve; tatin service install keeps one running.
tatin events shows what happened before.`;

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('[name]', 'VM; default: all')
    .addOption(new Option('--format <format>', 'How to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (name: string | undefined, { format }: { format: 'text' | 'json' }) => {
      await using operations = await Operations.open(terminal);
      const only =
        name === undefined ? undefined : requireReadable(await operations.call('vms.get', { id: localId(name) }));
      const rows =
        only === undefined ? (await operations.call('vms.list', {})).filter((vm) => vm.kind === 'machine') : [only];
      if (format === 'json') terminal.print(JSON.stringify(rows.map(toJson), undefined, 2));
      else terminal.print(only === undefined ? textTable(columns, rows) : details(only));
    });
};

function healthText({ annotations, supervision }: MachineVm): string {
  if (supervision?.health !== undefined) return supervision.health.state;
  return annotations.health === null ? 'none' : 'not checked';
}

function nextText({ supervision: { nextTry, nextAction } = {} }: MachineVm): string {
  if (nextTry !== undefined) return `start ${relativeText(nextTry.at)}, attempt ${nextTry.attempt}`;
  return nextAction === undefined ? '' : `${nextAction.action} ${relativeText(nextAction.at)}`;
}

/** All about one, a fact a line. */
function details(vm: MachineVm): string {
  const { supervision } = vm;
  const { health, autostart, restart, schedule } = vm.annotations;
  const facts: [string, string][] = [
    ['State', stateText(vm)],
    ['Starts with Tatin', autostart ? 'yes' : 'no'],
    ['Restart', restart],
    ['Health', healthText(vm)],
    ...(supervision?.health?.reason === undefined
      ? []
      : [['', printableLine(supervision.health.reason)] as [string, string]]),
    ...(health === null
      ? []
      : [['Health check', `${printHealthCheck(health.check)} every ${health.intervalSeconds} s`] as [string, string]]),
    ...schedule.map((entry, index): [string, string] => [index === 0 ? 'Schedule' : '', printScheduleEntry(entry)]),
    ['Next', nextText(vm)],
  ];
  const said = facts.filter(([, value]) => value !== '');
  const width = Math.max(...said.map(([title]) => title.length));
  return said.map(([title, value]) => `${title.padEnd(width)}  ${value}`).join('\n');
}

function stateText({ state }: MachineVm): string {
  return state.phase === 'failed' ? `failed: ${printableLine(state.error.message)}` : state.phase;
}

function toJson({ name, state, annotations, supervision }: MachineVm): object {
  const { autostart, restart, health, schedule } = annotations;
  return { name, state, autostart, restart, healthCheck: health, schedule, ...supervision };
}
