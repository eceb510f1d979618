import { AppError } from '../../contract/errors.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { execInTerminal } from '../exec-session.ts';
import { CommandExit } from '../failure.ts';
import { Operations } from '../operations.ts';
import { type DefineCommand } from '../program.ts';
import { inTartsWords } from '../running.ts';
import { rawKeys, type Terminal } from '../terminal.ts';

/** What programs expect of a terminal that does not say its size. */
const sizeOfNone = { rows: 24, columns: 80 };

interface Options {
  interactive?: true;
  tty?: true;
}

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Run a command in a running VM, without a shell, by its guest agent')
    .argument('<name>', 'Running VM')
    .argument('<command...>', 'The command; everything after the name belongs to it')
    .option('-i, --interactive', 'Pass the input on to it')
    .option('-t, --tty', 'Give it a terminal')
    .passThroughOptions()
    .addHelpText(
      'after',
      "\nEnds with the command's own exit code.\n\nExample:\n  tatin exec web sh -c 'uptime; df -h'",
    )
    .action((name: string, words: string[], options: Options) => exec(name, words, options, terminal));
};

async function exec(name: string, words: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  const channel = await inTartsWords(name, () => operations.openChannel('exec', { id: localId(name) }));
  // Nobody means a program named "--"; people who come from ssh or docker type it out of habit.
  const command = words[0] === '--' ? words.slice(1) : [...words];
  const { stdin } = terminal.streams;
  const isInteractive = options.interactive === true;
  using _keys = options.tty === true && isInteractive ? rawKeys(stdin) : undefined;
  try {
    if (command.length === 0) throw new AppError('invalid-input', 'No command was given.');
    const tty = options.tty === true ? (terminal.size ?? sizeOfNone) : undefined;
    const exitCode = await execInTerminal(channel, { command, tty, stdin: isInteractive }, terminal);
    // What the shell would make of it: the guest's -1 (killed by a signal) is 255.
    if (exitCode !== 0) throw new CommandExit(exitCode & 0xff);
  } finally {
    channel.close();
    // Input that nobody closes would keep the process alive.
    if (isInteractive) stdin.destroy();
  }
}
