import { Option } from 'commander';
import { type JsonObject, printFoundationJson } from '../../files/foundation-json.ts';
import type { LibraryVm } from '../../library/vm.ts';
import { openLibrary } from '../open-library.ts';
import type { DefineCommand } from '../program.ts';
import { type Column, textTable } from '../text-table.ts';
import { displayText, stateWord } from '../vm-fields.ts';
import { diskText, memoryText } from '../../contract/words/sizes.ts';
import { wholeGigabytes } from '../words.ts';

const columns: readonly Column<LibraryVm>[] = [
  { title: 'OS', value: ({ config }) => config.os },
  { title: 'CPU', value: ({ config }) => String(config.cpuCount) },
  { title: 'Memory', value: ({ config }) => memoryText(config.memorySize) },
  { title: 'Disk', value: ({ diskBytes }) => diskText(diskBytes) },
  { title: 'DiskFormat', value: ({ config }) => config.diskFormat },
  { title: 'Size', value: ({ allocatedBytes }) => diskText(allocatedBytes) },
  { title: 'Display', value: ({ config }) => displayText(config.display) },
  { title: 'State', value: stateWord },
];

export const define: DefineCommand = (command, terminal) => {
  command
    .argument('<name>', 'VM')
    .addOption(new Option('--format <format>', 'How to print').choices(['text', 'json']).default('text'))
    .action(async (name: string, { format }: { format: 'text' | 'json' }) => {
      const library = await openLibrary();
      const vm = await library.get(name);
      await library.touch(name);
      terminal.print(format === 'json' ? printFoundationJson(toJson(vm)) : textTable(columns, [vm]));
    });
};

/** Keys and types are Tart's: memory in MiB, the disk in whole decimal GB, its size as text with three digits. */
function toJson(vm: LibraryVm): JsonObject {
  const { config } = vm;
  return {
    OS: config.os,
    CPU: config.cpuCount,
    Memory: Math.floor(config.memorySize / 1024 ** 2),
    Disk: wholeGigabytes(vm.diskBytes),
    DiskFormat: config.diskFormat,
    Size: (vm.allocatedBytes / 1e9).toFixed(3),
    Display: displayText(config.display),
    Running: stateWord(vm) === 'running',
    State: stateWord(vm),
  };
}
