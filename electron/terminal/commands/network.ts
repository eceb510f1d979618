import type { Network } from '../../contract/network.ts';
import { AppError } from '../../contract/errors.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import { CommandExit, exitCodes } from '../failure.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { leaseTable, networkText } from './network-report.ts';

const examples = `
Without a subcommand it shows what is in force.

Examples:
  tatin network                              what guests are on, and how many addresses are left
  tatin network leases                       who has which address, and until when
  tatin network subnet 192.168.77.1          another subnet, in force once all machines have stopped
  tatin network lease-time 600               addresses are free again after ten minutes
  tatin network clear-leases --expired       delete expired ones
  tatin network try web 8080                 whether the guest web reaches port 8080 of this computer`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Show and change the network that guests are on')
    .enablePositionalOptions()
    .option('--json', 'Print everything as JSON')
    .addHelpText('after', examples)
    .action(({ json }: { json?: true }) => show(terminal, json === true, networkText));
  command
    .command('leases')
    .description('Addresses that the host has given out')
    .option('--json', 'Print everything as JSON')
    .action(({ json }: { json?: true }) => show(terminal, json === true, leaseTable));
  command
    .command('subnet')
    .description("Set the host's address on the network of its guests, or --reset it")
    .argument('[address]', 'such as 192.168.77.1')
    .argument('[mask]', 'such as 255.255.255.0', '255.255.255.0')
    .option('--reset', "Back to the system's own choice")
    .action((address: string | undefined, mask: string, { reset }: { reset?: true }) =>
      change(terminal, (operations) => {
        if (reset === true) return operations.call('network.resetSubnet', {});
        if (address !== undefined) return operations.call('network.setSubnet', { address, mask });
        throw new AppError('invalid-input', 'Give an address such as 192.168.77.1, or --reset.');
      }),
    );
  command
    .command('lease-time')
    .description('Set how long an address is kept for a guest')
    .argument('<seconds>', '600 for machines that come and go; 86400 is the default')
    .action((seconds: string) =>
      change(terminal, (operations) => operations.call('network.setLeaseTime', { seconds: Number(seconds) })),
    );
  command
    .command('clear-leases')
    .description('Delete leases')
    .option('--expired', 'Only expired ones')
    .action(({ expired }: { expired?: true }) =>
      change(terminal, (operations) =>
        operations.call('network.clearLeases', { which: expired === true ? 'expired' : 'all' }),
      ),
    );
  command
    .command('try')
    .description('Find out from inside a guest whether it reaches a port of this host')
    .argument('<name>', 'Running VM')
    .argument('<port>', 'Port')
    .argument('[address]', 'Of this host; default: where guests see it')
    .action((name: string, port: string, address: string | undefined) => tryHost(terminal, name, port, address));
};

async function show(terminal: Terminal, json: boolean, text: (network: Network) => string): Promise<void> {
  await using operations = await Operations.open(terminal);
  const network = await operations.call('network.get', {});
  terminal.print(json ? JSON.stringify(network, undefined, 2) : text(network));
}

async function change(terminal: Terminal, work: (operations: Operations) => Promise<Network>): Promise<void> {
  await using operations = await Operations.open(terminal);
  terminal.print(networkText(await work(operations)));
}

async function tryHost(terminal: Terminal, name: string, port: string, address: string | undefined): Promise<void> {
  await using operations = await Operations.open(terminal);
  const result = await operations
    .call('network.tryHost', { id: localId(name), port: Number(port), address }, terminal.ended)
    .catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'invalid-input')) throw error;
      throw new AppError('invalid-input', 'Give a port from 1 to 65535, and an IPv4 address or none.', {
        cause: error,
      });
    });
  const answer = result.reached ? 'answers' : 'does not answer';
  terminal.print(`${result.address} port ${result.port} ${answer} ${name}`);
  if (!result.reached) throw new CommandExit(exitCodes.failure);
}
