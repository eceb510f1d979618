import { AppError } from '../../contract/errors.ts';
import type { PortForward } from '../../contract/machine.ts';
import type { ForwardState } from '../../contract/network.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { type Column, textTable } from '../text-table.ts';
import { portForward } from '../values.ts';

const examples = `
A forward is open while the VM runs, from now on if it runs already.

Examples:
  tatin forward add web 8080:80              then: http://127.0.0.1:8080
  tatin forward add web 0.0.0.0:2222:22      also for other computers
  tatin forward add web 5353:53/udp
  tatin forward remove web 8080
  tatin forward list web`;

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Forward ports of this computer to a VM, also while it runs')
    .addHelpText('after', examples)
    .enablePositionalOptions();
  command
    .command('add')
    .description('Open ports, and keep them for later starts')
    .argument('<name>', 'VM')
    .argument('<forwards...>', '[address:]host:guest[/udp]')
    .option('--label <text>', 'What it is for, in a word')
    .action((name: string, forwards: string[], { label = '' }: { label?: string }) =>
      withOperations(terminal, async (operations) => {
        const parsed = forwards.map((text) => ({ ...parsedForward(text), label: label.slice(0, 40) }));
        for (const forward of parsed) await operations.call('forwards.add', { id: localId(name), forward });
        await show(operations, name, terminal);
      }),
    );
  command
    .command('remove')
    .description('Close ports, and forget them')
    .argument('<name>', 'VM')
    .argument('<ports...>', '[address:]host[/udp]')
    .action((name: string, ports: string[]) =>
      withOperations(terminal, async (operations) => {
        for (const port of ports.map(hostPort))
          await operations.call('forwards.remove', { id: localId(name), ...port });
        await show(operations, name, terminal);
      }),
    );
  command
    .command('list')
    .description('List the forwarded ports of a VM')
    .argument('<name>', 'VM')
    .option('--json', 'Print everything as JSON')
    .action((name: string, { json }: { json?: true }) =>
      withOperations(terminal, (operations) => show(operations, name, terminal, json === true)),
    );
};

async function withOperations(terminal: Terminal, work: (operations: Operations) => Promise<void>): Promise<void> {
  await using operations = await Operations.open(terminal);
  await work(operations);
}

function parsedForward(text: string): PortForward {
  try {
    return portForward(text);
  } catch (error) {
    throw new AppError('invalid-input', `“${text}” is not a port forward.`, {
      hint: 'It must look like 8080:80, 127.0.0.1:8080:80 or 5353:53/udp.',
      cause: error,
    });
  }
}

/** Reads `[ADDRESS:]HOST[:GUEST][/udp]`, so that what `list` prints, and `add` took, works too. */
function hostPort(text: string): Pick<PortForward, 'protocol' | 'hostAddress' | 'hostPort'> {
  const [ports = '', ...protocol] = text.split('/');
  const withGuest = /^(?:[\d.]+\.[\d.]+:)?\d+$/.test(ports) ? `${ports}:1` : ports;
  return parsedForward([withGuest, ...protocol].join('/'));
}

const columns: readonly Column<ForwardState>[] = [
  { title: 'Here', value: ({ forward }) => `${forward.hostAddress}:${forward.hostPort}` },
  { title: 'Guest', value: ({ forward }) => `${forward.guestPort}/${forward.protocol}` },
  { title: 'State', value: stateText },
  { title: 'Label', value: ({ forward }) => forward.label },
];

function stateText({ isOpen, isKept }: ForwardState): string {
  if (!isOpen) return 'opens with the VM';
  return isKept ? 'open' : 'open until it stops';
}

async function show(operations: Operations, name: string, terminal: Terminal, asJson = false): Promise<void> {
  const list = await operations.call('forwards.list', { id: localId(name) });
  if (asJson) terminal.print(JSON.stringify(list, undefined, 2));
  else if (list.length === 0) terminal.note(`No port is forwarded to ${name}.`);
  else terminal.print(textTable(columns, list));
}
