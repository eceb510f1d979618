import { AppError } from '../../contract/errors.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { inTartsWords } from '../running.ts';
import { followSerial } from '../serial-console.ts';
import type { Terminal } from '../terminal.ts';
import { positiveUint16 } from '../values.ts';

interface Options {
  interactive?: true;
  until?: string;
  timeout?: number;
}

const examples = `
Ctrl-] detaches from an interactive console; the guest keeps running.

Examples:
  tatin serial -i web                          talk to it
  tatin serial web --until 'login:' --timeout 60   wait until it asks for a login`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Show the serial output of a running VM, from its start')
    .argument('<name>', 'Running VM')
    .option('-i, --interactive', 'Pass on what is typed')
    .option('--until <text>', 'End with 0 as soon as it has printed this; with 1 if it ends before')
    .option('--timeout <seconds>', 'End with 1 after this time', positiveUint16)
    .addHelpText('after', examples)
    .action((name: string, options: Options) => serial(name, options, terminal));
};

async function serial(name: string, { interactive, until, timeout }: Options, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  const channel = await inTartsWords(name, () => operations.openChannel('serial', { id: localId(name) }));
  const deadline = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1000);
  const signal = AbortSignal.any([terminal.ended, ...(deadline === undefined ? [] : [deadline])]);
  try {
    const end = await followSerial(terminal, channel, { interactive: interactive === true, until }, signal);
    if (end === 'closed' && until !== undefined)
      throw new AppError('guest-crashed', `${name} ended before it printed ${JSON.stringify(until)}.`);
  } catch (error) {
    if (deadline?.aborted === true)
      throw new AppError(
        'timeout',
        until === undefined
          ? `${timeout} seconds are over.`
          : `${name} has not printed ${JSON.stringify(until)} within ${timeout} seconds.`,
        { cause: error },
      );
    // Who watches without waiting for anything ends it in this way.
    if (until === undefined && terminal.ended.aborted) return;
    throw error;
  }
}
