import { Command, type OutputConfiguration } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { AppError } from '../contract/errors.ts';
import { exitCodes, outcomeOf, UsageError } from './failure.ts';
import { Terminal } from './terminal.ts';

/** Adds arguments, options, help and action to a command that has its name and summary. */
export type DefineCommand = (command: Command, terminal: Terminal) => void;

/** A row of the command table. `load` brings the code of that one command: a cold start reads nothing else. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

const introduction = `Virtual machines in a terminal: Tart's commands, options, output and exit codes, on Macs and on Linux.`;

const examples = `
Examples:
  tatin create --demo first          make a small Linux guest to try things with
  tatin run first                    run it; Ctrl-C asks it to shut down
  tatin run --detach first           run it and return as soon as it runs
  tatin exec first uname -a          run a command in it
  tatin clone ghcr.io/cirruslabs/ubuntu web    fetch an image, and make a VM of it
  tatin list --format json           what there is, for scripts

  tatin help <command> explains one command. VMs live in ~/.tart, or where TART_HOME says.
  tatin --generate-completion-script bash|zsh|fish prints a completion script for your shell.`;

/** Runs one command line (without node and script) and returns its exit code. All words have been said by then. */
export async function runCommandLine(argv: readonly string[], table: readonly CommandEntry[]): Promise<number> {
  using terminal = new Terminal();
  let failed = await attempt(argv, table, terminal);
  if (failed !== undefined && (await isCured(failed.error, terminal))) failed = await attempt(argv, table, terminal);
  if (failed === undefined) return exitCodes.success;
  if (failed.error instanceof UsageError) {
    terminal.note(usageText(failed.error.message, failed.chosen));
    return exitCodes.usage;
  }
  const { exitCode, lines } = outcomeOf(failed.error);
  for (const line of lines) terminal.note(line);
  return exitCode;
}

/** Runs it once; undefined if it succeeded. */
async function attempt(
  argv: readonly string[],
  table: readonly CommandEntry[],
  terminal: Terminal,
): Promise<{ readonly error: unknown; readonly chosen: Command | undefined } | undefined> {
  const { program, chosen } = await buildProgram(argv, table, terminal);
  try {
    if (argv[0]?.split('=')[0] === completionFlag) terminal.print(await completionOf(argv, table, terminal));
    else if (argv.length === 0) program.help();
    else await program.parseAsync([...argv], { from: 'user' });
    return undefined;
  } catch (error) {
    return { error, chosen };
  }
}

/** Whether a person cured the failure just now, so that trying again makes sense. */
async function isCured(error: unknown, terminal: Terminal): Promise<boolean> {
  // Only few commands ever meet a locked Keychain, and starting must stay quick for all.
  if (!(error instanceof AppError && error.code === 'keychain-locked')) return false;
  const { offerUnlock } = await import('./unlock-keychain.ts');
  return await offerUnlock(error, terminal).catch(() => false);
}

/** Tart's name for it; like Tart, no command and not in the help of one. */
const completionFlag = '--generate-completion-script';

/** @throws UsageError for a shell that nobody wrote a script for */
async function completionOf(
  argv: readonly string[],
  table: readonly CommandEntry[],
  terminal: Terminal,
): Promise<string> {
  const { completionScript, shellNamed } = await import('./completion.ts');
  const shell = shellNamed(argv.join('=').split('=')[1] ?? process.env.SHELL ?? '');
  const commands = table.map(async ({ name, summary, load }) => {
    const command = new Command(name);
    (await load()).define(command, terminal);
    const options = command.options.flatMap(({ long, hidden }) => (long === undefined || hidden ? [] : [long]));
    return { name, summary, options: [...options, '--help'] };
  });
  return completionScript(shell, await Promise.all(commands));
}

async function buildProgram(
  argv: readonly string[],
  table: readonly CommandEntry[],
  terminal: Terminal,
): Promise<{ program: Command; chosen: Command | undefined }> {
  const program = new Command('tatin')
    .description(introduction)
    .version(packageJson.version, '--version', 'Show the version')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Explain a command')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput(outputTo(terminal))
    .configureHelp({ helpWidth: Math.min(terminal.size?.columns ?? 100, 110), showGlobalOptions: false })
    .addHelpText('after', examples);
  const name = argv.find((argument) => !argument.startsWith('-') && argument !== 'help');
  let chosen: Command | undefined;
  for (const entry of table) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    command.helpGroup(entry.group).helpOption('-h, --help', 'Show help');
    command.configureOutput(outputTo(terminal, command));
    if (entry.name !== name) continue;
    (await entry.load()).define(command, terminal);
    chosen = command;
  }
  return { program, chosen };
}

function outputTo(terminal: Terminal, command?: Command): OutputConfiguration {
  return {
    writeOut: (text) => terminal.print(text),
    writeErr: (text) => terminal.note(text.trimEnd()),
    outputError: (text, write) => write(usageText(text.trim().replace(/^error: /, ''), command)),
  };
}

/** Tart's way to say what is wrong with a command line: the mistake, how it should look, where to read more. */
function usageText(mistake: string, command: Command | undefined): string {
  const path = command === undefined ? 'tatin' : `tatin ${command.name()}`;
  return [
    `Error: ${mistake.charAt(0).toUpperCase()}${mistake.slice(1)}`,
    `Usage: ${path} ${command === undefined ? '<command>' : command.usage()}`,
    `  See '${path} --help' for more information.`,
  ].join('\n');
}
