import { Option } from 'commander';
import type { Vm } from '../../contract/machine.ts';
import { printableLine } from '../../contract/printable.ts';
import { type JsonObject, printFoundationJson } from '../../files/foundation-json.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { type Column, textTable } from '../text-table.ts';
import { stateWord } from '../vm-fields.ts';
import { diskText } from '../../contract/words/sizes.ts';
import { relativeText } from '../../contract/words/times.ts';
import { isoSeconds, wholeGigabytes } from '../words.ts';

/** A VM as `list` tells of it; what can't be read has no disk and a state of its own. */
interface Row {
  readonly source: 'local' | 'OCI';
  readonly name: string;
  readonly diskBytes: number;
  readonly allocatedBytes: number;
  readonly accessedAt: string;
  readonly state: 'running' | 'suspended' | 'stopped';
}

const columns: readonly Column<Row>[] = [
  { title: 'Source', value: ({ source }) => source },
  { title: 'Name', value: ({ name }) => name },
  { title: 'Disk', value: ({ diskBytes }) => diskText(diskBytes) },
  { title: 'Size', value: ({ allocatedBytes }) => diskText(allocatedBytes) },
  { title: 'Accessed', value: ({ accessedAt }) => relativeText(accessedAt) },
  { title: 'State', value: ({ state }) => state },
];

export const define: DefineCommand = (command, terminal) => {
  command
    .addOption(new Option('--source <source>', 'Only VMs from there').choices(['local', 'oci']))
    .addOption(new Option('--format <format>', 'How to print').choices(['text', 'json']).default('text'))
    .option('-q, --quiet', 'Only names')
    .addHelpText('after', '\nDisk is what the guest sees, Size what the host has given for it so far.')
    .action(async ({ source, format, quiet }: { source?: 'local' | 'oci'; format: 'text' | 'json'; quiet?: true }) => {
      await using operations = await Operations.open(terminal);
      const rows = [
        ...(source === 'oci' ? [] : await localRows(operations, (line) => terminal.note(line))),
        ...(source === 'local' ? [] : await cachedRows(operations)),
      ];
      if (quiet === true) terminal.print(rows.map(({ name }) => printableLine(name)).join('\n'));
      else if (format === 'json') terminal.print(printFoundationJson(rows.map(toJson)));
      else terminal.print(textTable(columns, rows));
    });
};

/** Like Tart, only what can be used; what can't is told of where no script reads. */
async function localRows(operations: Operations, note: (line: string) => void): Promise<Row[]> {
  const vms = await operations.callWhole('vms.list', { from: 'disk' });
  for (const vm of vms) if (vm.kind === 'unreadable') note(`${printableLine(vm.name)} can't be used: ${vm.reason}.`);
  return vms.flatMap(toRow);
}

async function cachedRows(operations: Operations): Promise<Row[]> {
  const images = await operations.callWhole('images.names', {});
  return images.map((image) => ({ ...image, source: 'OCI', state: 'stopped' }));
}

function toRow(vm: Vm): Row[] {
  if (vm.kind === 'unreadable') return [];
  const { name, diskBytes, allocatedBytes, accessedAt } = vm;
  return [{ source: 'local', name, diskBytes, allocatedBytes, accessedAt, state: stateWord(vm) }];
}

/** Keys and types are Tart's: sizes in whole decimal GB. */
function toJson(row: Row): JsonObject {
  return {
    Source: row.source,
    Name: row.name,
    Disk: wholeGigabytes(row.diskBytes),
    Size: wholeGigabytes(row.allocatedBytes),
    Accessed: isoSeconds(new Date(row.accessedAt)),
    Running: row.state === 'running',
    State: row.state,
  };
}
