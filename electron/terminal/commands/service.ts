import type { LoginServiceStatus } from '../../contract/login-service.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { positiveUint16 } from '../values.ts';

const examples = `
The service is tatin serve under launchd or systemd of this user: it starts the machines that start with Tatin
(tatin set --autostart on) and supervises those with a restart policy.

Examples:
  tatin service install                  from the next login on, and at once
  tatin service install --port 8006      with the browser always at the same port
  tatin service status                   whether it is installed and runs`;

export const define: DefineCommand = (command, terminal) => {
  command.description('Run Tatin at login, in the background').addHelpText('after', examples);
  command
    .command('install')
    .description('Start it at login from now on, and now')
    .option('--port <port>', 'Browser port (default: a free one)', positiveUint16)
    .action(({ port }: { port?: number }) =>
      act(terminal, (operations) => operations.call('service.install', { port })),
    );
  command
    .command('uninstall')
    .description('Stop it, and no longer start it at login; machines keep running')
    .action(() => act(terminal, (operations) => operations.call('service.uninstall', {})));
  command
    .command('status')
    .description('Show whether it is installed and runs')
    .action(() => act(terminal, (operations) => operations.call('service.get', {})));
};

async function act(terminal: Terminal, work: (operations: Operations) => Promise<LoginServiceStatus>): Promise<void> {
  await using operations = await Operations.open(terminal, { ifGone: 'wait' });
  terminal.print(statusText(await work(operations)));
}

function statusText({ isInstalled, isRunning, file, notAvailable }: LoginServiceStatus): string {
  if (isInstalled) return `Tatin starts at login (${file}) and ${isRunning ? 'runs now' : 'does not run now'}.`;
  return notAvailable === undefined
    ? 'Tatin does not start at login.'
    : `Tatin does not start at login. ${notAvailable}`;
}
