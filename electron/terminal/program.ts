import { Command, type OutputConfiguration } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { CommandExit, outcomeOf } from './failure.ts';
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
  tatin list --format json           what there is, for scripts

  tatin help <command> explains one command. VMs live in ~/.tart, or where TART_HOME says.`;

/** Runs one command line (without node and script) and returns its exit code. All words have been said by then. */
export async function runCommandLine(argv: readonly string[], table: readonly CommandEntry[]): Promise<number> {
  using terminal = new Terminal();
  try {
    const program = await buildProgram(argv, table, terminal);
    if (argv.length === 0) program.help();
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    const { exitCode, lines } = outcomeOf(error);
    for (const line of lines) terminal.note(line);
    return exitCode;
  }
}

async function buildProgram(
  argv: readonly string[],
  table: readonly CommandEntry[],
  terminal: Terminal,
): Promise<Command> {
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
  const chosen = argv.find((argument) => !argument.startsWith('-') && argument !== 'help');
  for (const entry of table) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    command.helpGroup(entry.group).helpOption('-h, --help', 'Show help');
    command.configureOutput(outputTo(terminal, command));
    if (entry.name === chosen) (await entry.load()).define(command, terminal);
  }
  return program;
}

/** Tart's way to say what is wrong with a command line: the mistake, how it should look, where to read more. */
function outputTo(terminal: Terminal, command?: Command): OutputConfiguration {
  const path = command === undefined ? 'tatin' : `tatin ${command.name()}`;
  return {
    writeOut: (text) => void terminal.write(text),
    writeErr: (text) => terminal.note(text.trimEnd()),
    outputError: (text, write) => {
      const usage = command === undefined ? '<command>' : command.usage();
      const [mistake = '', ...more] = text
        .trim()
        .replace(/^error: /, '')
        .split('\n');
      write(`Error: ${sentence(mistake)}\n${more.map((line) => `${line}\n`).join('')}`);
      write(`Usage: ${path} ${usage}\n  See '${path} --help' for more information.`);
    },
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Ends the command with a code that is not an error of ours, such as that of a program in the guest. */
export function exitWith(code: number): never {
  throw new CommandExit(code);
}
