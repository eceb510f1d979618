import { Option } from 'commander';
import type { SupervisionStatus } from '../../contract/supervision.ts';
import { printHealthCheck, printScheduleEntry } from '../../contract/supervision-words.ts';
import type { MachineVm } from '../../contract/machine.ts';
import { AppError } from '../../contract/errors.ts';
import { printableLine } from '../../contract/printable.ts';
import { openAllServices } from '../../operations/open-services.ts';
import { supervisionFile, supervisionNow } from '../../supervision/supervision-file.ts';
import type { DefineCommand } from '../program.ts';
import { type Column, textTable } from '../text-table.ts';
import { relativeText } from '../../contract/words/times.ts';

/** A machine, and how it is looked after now; no machine is looked after while no Tatin stays. */
interface Row {
  readonly vm: MachineVm;
  readonly supervision: SupervisionStatus;
}

const columns: readonly Column<Row>[] = [
  { title: 'Name', value: ({ vm }) => vm.name },
  { title: 'State', value: ({ vm }) => vm.state.phase },
  { title: 'Health', value: healthText },
  { title: 'Restart', value: ({ vm }) => vm.annotations.restart },
  { title: 'Next', value: nextText },
];

const help = `
Health is checked, and schedules are kept, by the app or by tatin serve; tatin service install keeps one running.
What went before is told by tatin events.`;

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('[name]', 'VM; default: all')
    .addOption(new Option('--format <format>', 'How to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (name: string | undefined, { format }: { format: 'text' | 'json' }) => {
      await using services = await openAllServices();
      const vms = name === undefined ? await services.machines.list() : [await services.machines.get(name)];
      const statuses = supervisionNow(supervisionFile(services.library.home.cache));
      const rows = vms.flatMap((vm): Row[] => {
        if (vm.kind === 'machine') return [{ vm, supervision: statuses.get(vm.name) ?? {} }];
        if (name !== undefined)
          throw new AppError('vm-unreadable', `${JSON.stringify(name)} can't be used: ${vm.reason}.`);
        return [];
      });
      const only = rows[0];
      if (format === 'json') terminal.print(JSON.stringify(rows.map(toJson), undefined, 2));
      else if (name !== undefined && only !== undefined) terminal.print(details(only));
      else terminal.print(textTable(columns, rows));
    });
};

function healthText({ vm, supervision: { health } }: Row): string {
  if (health !== undefined) return health.state;
  return vm.annotations.health === null ? 'none' : 'not checked';
}

function nextText({ supervision: { nextTry, nextAction } }: Row): string {
  if (nextTry !== undefined) return `start ${relativeText(nextTry.at)}, attempt ${nextTry.attempt}`;
  return nextAction === undefined ? '' : `${nextAction.action} ${relativeText(nextAction.at)}`;
}

/** All about one, a fact a line. */
function details(row: Row): string {
  const { vm, supervision } = row;
  const { health, autostart, restart, schedule } = vm.annotations;
  const facts: [string, string][] = [
    ['State', stateText(vm)],
    ['Starts with Tatin', autostart ? 'yes' : 'no'],
    ['Restart', restart],
    ['Health', healthText(row)],
    ...(supervision.health?.reason === undefined
      ? []
      : [['', printableLine(supervision.health.reason)] as [string, string]]),
    ...(health === null
      ? []
      : [['Health check', `${printHealthCheck(health.check)} every ${health.intervalSeconds} s`] as [string, string]]),
    ...schedule.map((entry, index): [string, string] => [index === 0 ? 'Schedule' : '', printScheduleEntry(entry)]),
    ['Next', nextText(row)],
  ];
  const said = facts.filter(([, value]) => value !== '');
  const width = Math.max(...said.map(([title]) => title.length));
  return said.map(([title, value]) => `${title.padEnd(width)}  ${value}`).join('\n');
}

function stateText({ state }: MachineVm): string {
  return state.phase === 'failed' ? `failed: ${printableLine(state.error.message)}` : state.phase;
}

function toJson({ vm, supervision }: Row): object {
  const { autostart, restart, health, schedule } = vm.annotations;
  return { name: vm.name, state: vm.state, autostart, restart, healthCheck: health, schedule, ...supervision };
}
