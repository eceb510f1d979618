import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { inTartsWords } from '../running.ts';
import type { Terminal } from '../terminal.ts';
import { uint16 } from '../values.ts';

interface Options {
  timeout: number;
  force?: true;
}

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Ask a running VM to shut down, and turn it off if it does not')
    .argument('<name>', 'Running or suspended VM')
    .option('-t, --timeout <seconds>', 'Time that it has to shut down', uint16, 30)
    .option('--force', 'Turn it off at once, as pulling the plug would')
    .addHelpText('after', '\nOf a suspended VM the saved state is discarded; its disk stays as it was then.')
    .action((name: string, options: Options) => stop(name, options, terminal));
};

async function stop(name: string, { timeout, force }: Options, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  const timeoutSeconds = force === true ? 0 : timeout;
  const { outcome } = await inTartsWords(name, () =>
    operations.call('machines.stop', { id: localId(name), timeoutSeconds }),
  );
  if (outcome === 'discarded')
    terminal.note(`${name} was suspended. Its saved state is discarded: the next run boots.`);
  if (outcome === 'turned-off' && timeoutSeconds > 0)
    terminal.note(`${name} has not shut down within ${timeoutSeconds} seconds. It is turned off.`);
}
