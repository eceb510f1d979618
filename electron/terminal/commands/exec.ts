import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { tartFiles } from '../../library/layout.ts';
import { openLibrary } from '../open-library.ts';
import { CommandExit } from '../failure.ts';
import { type DefineCommand } from '../program.ts';
import { notRunning } from '../running.ts';
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
  const library = await openLibrary();
  const vm = await library.get(name);
  await library.touch(name);
  if (vm.lockPid === undefined) throw notRunning(name);
  // Nobody means a program named "--"; people who come from ssh or docker type it out of habit.
  const [program, ...args] = words[0] === '--' ? words.slice(1) : words;
  if (program === undefined) throw new AppError('invalid-input', 'No command was given.');
  const { stdin } = terminal.streams;
  using _keys = options.tty === true && options.interactive === true ? rawKeys(stdin) : undefined;
  const done = new AbortController();
  const agent = new ControlClient(path.join(vm.folder, tartFiles.controlSocket));
  try {
    const exitCode = await agent.exec(
      {
        path: program,
        args,
        ...(options.interactive === true ? { stdin } : {}),
        ...(options.tty === true
          ? { tty: { ...(terminal.size ?? sizeOfNone), resizes: terminal.sizes(done.signal) } }
          : {}),
      },
      {
        stdout: (bytes) => terminal.writeRawAndWait(bytes),
        stderr: (bytes) => terminal.writeRawErrorAndWait(bytes),
      },
      terminal.ended,
    );
    // What the shell would make of it: the guest's -1 (killed by a signal) is 255.
    if (exitCode !== 0) throw new CommandExit(exitCode & 0xff);
  } finally {
    done.abort();
    // Input that nobody closes would keep the process alive.
    if (options.interactive === true) stdin.destroy();
  }
}
