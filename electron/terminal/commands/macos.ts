import { type MacCheck, type MacList, type MacReport, parseMacSource } from '../../contract/macos.ts';
import { Operations } from '../operations.ts';
import { CommandExit, exitCodes } from '../failure.ts';
import { hostPath } from '../host-path.ts';
import type { DefineCommand } from '../program.ts';
import { interrupted } from '../pull-in-terminal.ts';
import type { Terminal } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import { diskText, memoryText } from '../../contract/words/sizes.ts';

const examples = `
Without a subcommand it lists the versions that it knows, and what this host can do with them.
<version> is one of: latest, a version such as 15 or 15.0, a build, an address, the path of an .ipsw file.

Examples:
  tatin macos                              versions of macOS, newest first
  tatin macos check 15                     whether it can be installed here, and what stands in the way
  tatin macos fetch 15                     into the cache; an interrupted download continues where it was
  tatin create --from-ipsw 15 sequoia      install it in a new VM (on a Mac)`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Find, check and fetch versions of macOS')
    .enablePositionalOptions()
    .option('--json', 'Print everything as JSON')
    .addHelpText('after', examples)
    .action(({ json }: { json?: true }) => list(terminal, json === true));
  command
    .command('check')
    .description('Say whether this host can install it; ends with 1 if not')
    .argument('<version>', 'latest, a version, a build, an address or a file')
    .option('--json', 'Print everything as JSON')
    .action((version: string, { json }: { json?: true }) => check(version, terminal, json === true));
  command
    .command('fetch')
    .description('Fetch its image into the cache, on any computer, and print where it is')
    .argument('<version>', 'latest, a version, a build or an address')
    .action((version: string) => fetchImage(version, terminal));
};

async function list(terminal: Terminal, isJson: boolean): Promise<void> {
  await using operations = await Operations.open(terminal);
  const found = await operations.call('macos.list', {});
  terminal.print(isJson ? JSON.stringify(found, undefined, 2) : listText(found));
}

function listText({ offers, notHere }: MacList): string {
  const table = textTable(
    [
      { title: 'Version', value: ({ version }) => version },
      { title: 'Build', value: ({ build }) => build },
      { title: 'Size', value: ({ bytes }) => (bytes === undefined ? 'unknown' : diskText(bytes)) },
      { title: 'Fetched', value: ({ isHere }) => (isHere ? 'yes' : 'no') },
      { title: 'Name', value: ({ name }) => name },
    ],
    offers,
  );
  const remarks = offers.flatMap(({ problem, advice }) => problem ?? advice ?? []);
  const rest = [...(notHere === undefined ? [] : [notHere.message]), ...remarks];
  return [table, ...(rest.length === 0 ? [] : ['', ...rest])].join('\n');
}

async function check(version: string, terminal: Terminal, isJson: boolean): Promise<void> {
  await using operations = await Operations.open(terminal);
  const source = parseMacSource(version, hostPath);
  const report = await operations.call('macos.inspect', { source }, terminal.ended);
  terminal.print(isJson ? JSON.stringify(report, undefined, 2) : reportText(report));
  if (report.checks.some(({ state }) => state === 'failed')) throw new CommandExit(exitCodes.failure);
}

const words: Record<MacCheck['state'], string> = {
  passed: 'ok     ',
  attention: 'note   ',
  failed: 'FAILED ',
  skipped: 'skipped',
};

function reportText({ title, file, bytes, fetchedBytes, minimum, checks }: MacReport): string {
  const size = bytes === undefined ? 'of unknown size' : diskText(bytes);
  const where = file ?? `${size} to fetch${fetchedBytes > 0 ? `, ${diskText(fetchedBytes)} of it are here` : ''}`;
  return [
    title,
    where,
    ...(minimum === undefined
      ? []
      : [`Needs ${minimum.cpuCount} CPUs and ${memoryText(minimum.memoryBytes)} of memory.`]),
    ...checks.flatMap(({ state, text, hint }) => [
      `${words[state]}  ${text}`,
      ...(hint === undefined ? [] : [`         ${hint}`]),
    ]),
  ].join('\n');
}

async function fetchImage(version: string, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  try {
    const { path } = await operations.run('macos.fetch', { source: parseMacSource(version, hostPath) });
    terminal.print(path);
  } catch (error) {
    throw terminal.interrupted.aborted ? interrupted(`Fetching ${version}`, error) : error;
  }
}
