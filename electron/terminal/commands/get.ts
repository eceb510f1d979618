import { Option } from 'commander';
import { type JsonObject, printFoundationJson } from '../../files/foundation-json.ts';
import type { MachineVm } from '../../contract/machine.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { type Column, textTable } from '../text-table.ts';
import { displayText, requireReadable, stateWord } from '../vm-fields.ts';
import { diskText, memoryText } from '../../contract/words/sizes.ts';
import { wholeGigabytes } from '../words.ts';

const columns: readonly Column<MachineVm>[] = [
  { title: 'OS', value: ({ os }) => os },
  { title: 'CPU', value: ({ cpuCount }) => String(cpuCount) },
  { title: 'Memory', value: ({ memoryBytes }) => memoryText(memoryBytes) },
  { title: 'Disk', value: ({ diskBytes }) => diskText(diskBytes) },
  { title: 'DiskFormat', value: ({ diskFormat }) => diskFormat },
  { title: 'Size', value: ({ allocatedBytes }) => diskText(allocatedBytes) },
  { title: 'Display', value: ({ display }) => displayText(display) },
  { title: 'State', value: stateWord },
];

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<name>', 'VM')
    .addOption(new Option('--format <format>', 'How to print').choices(['text', 'json']).default('text'))
    .action(async (name: string, { format }: { format: 'text' | 'json' }) => {
      await using operations = await Operations.open(terminal);
      const vm = requireReadable(await operations.call('vms.get', { id: localId(name), from: 'disk', markUsed: true }));
      terminal.print(format === 'json' ? printFoundationJson(toJson(vm)) : textTable(columns, [vm]));
    });
};

/** Keys and types are Tart's: memory in MiB, the disk in whole decimal GB, its size as text with three digits. */
function toJson(vm: MachineVm): JsonObject {
  return {
    OS: vm.os,
    CPU: vm.cpuCount,
    Memory: Math.floor(vm.memoryBytes / 1024 ** 2),
    Disk: wholeGigabytes(vm.diskBytes),
    DiskFormat: vm.diskFormat,
    Size: (vm.allocatedBytes / 1e9).toFixed(3),
    Display: displayText(vm.display),
    Running: stateWord(vm) === 'running',
    State: stateWord(vm),
  };
}
