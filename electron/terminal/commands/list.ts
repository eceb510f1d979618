import { printableLine } from '../../contract/printable.ts';
import { Option } from 'commander';
import { chosenHome } from '../../settings/chosen-home.ts';
import { type JsonObject, printFoundationJson } from '../../files/foundation-json.ts';
import { Home } from '../../library/home.ts';
import { Inspector } from '../../library/inspect.ts';
import { listVms } from '../../library/listing.ts';
import type { LibraryEntry } from '../../library/vm.ts';
import { cachedImages } from '../../registry/cached-images.ts';
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
  readonly accessedAt: Date;
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
      const home = new Home(chosenHome());
      await home.prepare();
      const rows = [
        ...(source === 'oci' ? [] : await localRows(home, (line) => terminal.note(line))),
        ...(source === 'local' ? [] : cachedRows(home)),
      ];
      if (quiet === true) terminal.print(rows.map(({ name }) => printableLine(name)).join('\n'));
      else if (format === 'json') terminal.print(printFoundationJson(rows.map(toJson)));
      else terminal.print(textTable(columns, rows));
    });
};

/** Like Tart, only what can be used; what can't is told of where no script reads. */
async function localRows(home: Home, note: (line: string) => void): Promise<Row[]> {
  const entries = await listVms(home, new Inspector());
  for (const entry of entries)
    if (entry.kind === 'unreadable') note(`${printableLine(entry.name)} can't be used: ${entry.reason}.`);
  return entries.flatMap(toRow);
}

function cachedRows(home: Home): Row[] {
  return cachedImages(home.cache).map((image) => ({ ...image, source: 'OCI', state: 'stopped' }));
}

function toRow(entry: LibraryEntry): Row[] {
  if (entry.kind === 'unreadable') return [];
  const { name, diskBytes, allocatedBytes, accessedAt } = entry;
  return [{ source: 'local', name, diskBytes, allocatedBytes, accessedAt, state: stateWord(entry) }];
}

/** Keys and types are Tart's: sizes in whole decimal GB. */
function toJson(row: Row): JsonObject {
  return {
    Source: row.source,
    Name: row.name,
    Disk: wholeGigabytes(row.diskBytes),
    Size: wholeGigabytes(row.allocatedBytes),
    Accessed: isoSeconds(row.accessedAt),
    Running: row.state === 'running',
    State: row.state,
  };
}
