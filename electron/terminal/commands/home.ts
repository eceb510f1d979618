import path from 'node:path';
import type { HomeReport } from '../../contract/settings.ts';
import { AppError } from '../../contract/errors.ts';
import { isHomeFromEnvironment } from '../../host/folders.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { diskText } from '../../contract/words/sizes.ts';

const examples = `
A home is the folder that VMs and images live in. TART_HOME overrides what is chosen here; Tart itself knows only that
and ~/.tart.

Examples:
  tatin home                          where VMs live, how much room they take and have
  tatin home add /Volumes/VMs/tart    one more, to change to later
  tatin home use /Volumes/VMs/tart    from now on; a Tatin that is open changes at its next start
  tatin home move ~/.tart /Volumes/VMs/tart    with all VMs and images; run again, it continues where it stopped`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Show and choose where VMs live')
    .enablePositionalOptions()
    .option('--json', 'Print everything as JSON')
    .addHelpText('after', examples)
    .action(({ json }: { json?: true }) => show(terminal, json === true));
  command
    .command('list')
    .description('The homes that Tatin knows')
    .option('--json', 'Print everything as JSON')
    .action(({ json }: { json?: true }) => show(terminal, json === true));
  command
    .command('add')
    .description('Add a home to the list')
    .argument('<folder>')
    .action((folder: string) => act(terminal, 'homes.add', folder));
  command
    .command('use')
    .description('Make a home the one in use')
    .argument('<folder>')
    .action((folder: string) => act(terminal, 'homes.use', folder));
  command
    .command('move')
    .description('Move a home to another folder or drive, and use it there if it is the one in use')
    .argument('<folder>', 'where it is')
    .argument('<new-folder>', 'one that is empty or not there yet')
    .action((from: string, to: string) => move({ from: path.resolve(from), to: path.resolve(to) }, terminal));
  command
    .command('remove')
    .description('Take a home off the list; what is in it stays')
    .argument('<folder>')
    .action((folder: string) => act(terminal, 'homes.remove', folder));
};

async function act(
  terminal: Terminal,
  procedure: 'homes.add' | 'homes.use' | 'homes.remove',
  folder: string,
): Promise<void> {
  await using operations = await Operations.open(terminal, { ifGone: 'wait' });
  await operations.call(procedure, { path: path.resolve(folder) });
}

async function move(homes: { from: string; to: string }, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal, { ifGone: 'wait' });
  const inUse = (await operations.call('homes.list', {})).find((home) => home.inUse)?.path;
  const { how, machineCount, bytes, problem } = await operations.call('homes.inspectMove', homes);
  if (problem !== undefined) throw AppError.fromInfo(problem);
  if (how === 'copy')
    terminal.note(`It goes to another volume: ${machinesText(machineCount)}, ${diskText(bytes)} with the cache.`);
  await operations.run('homes.move', homes);
  if (isHomeFromEnvironment() && inUse === homes.from)
    terminal.note(`TART_HOME still names ${homes.from}. Set it to ${homes.to}.`);
}

const machinesText = (count: number): string => (count === 1 ? '1 VM' : `${count} VMs`);

async function show(terminal: Terminal, asJson: boolean): Promise<void> {
  await using operations = await Operations.open(terminal, { ifGone: 'wait' });
  const homes = await operations.call('homes.list', {});
  terminal.print(asJson ? JSON.stringify(homes, undefined, 2) : homes.map(textOf).join('\n'));
}

function textOf({ inUse, unavailable, ...home }: HomeReport): string {
  const head = `${inUse ? '*' : ' '} ${home.path}`;
  if (unavailable !== undefined) return `${head}\n    ${unavailable}`;
  const cloning = home.clones ? 'duplicates share their blocks' : 'duplicates are whole copies';
  return [
    head,
    `    ${machinesText(home.machineCount)} with ${diskText(home.machinesBytes)}, cache with ${diskText(home.cacheBytes)}`,
    `    ${diskText(home.freeBytes)} of ${diskText(home.totalBytes)} free on ${home.fileSystem}; ${cloning}`,
  ].join('\n');
}
