import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import { AppError } from '../../contract/errors.ts';
import type { Address } from '../../contract/machine.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { tartFiles } from '../../library/layout.ts';
import { findAddress, type AddressQuery } from '../../operations/machines/find-address.ts';
import { openLibrary } from '../open-library.ts';
import type { DefineCommand } from '../program.ts';
import { notRunning } from '../running.ts';
import { isWatched, type Terminal } from '../terminal.ts';
import { uint16 } from '../values.ts';

const pollMs = 1000;
/** An agent that is there answers in milliseconds; Tart gives it one second, a guest in software needs more. */
const answerMs = 5000;

interface Options {
  wait: number;
  resolver?: 'dhcp' | 'arp' | 'agent';
}

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Print the IPv4 address of a running VM')
    .argument('<name>', 'VM that runs')
    .option('--wait <seconds>', 'Time to wait until it has one', uint16, 0)
    .addOption(
      new Option('--resolver <resolver>', 'How to find it; dhcp and arp need a Mac (default: agent)').choices([
        'dhcp',
        'arp',
        'agent',
      ]),
    )
    .action((name: string, options: Options) => ip(name, options, terminal));
};

async function ip(name: string, { wait, resolver = 'agent' }: Options, terminal: Terminal): Promise<void> {
  const library = await openLibrary();
  const vm = await library.get(name);
  await library.touch(name);
  if (vm.lockPid === undefined) throw notRunning(name);
  if (resolver !== 'agent')
    throw new AppError('no-address', `no IP address found: --resolver ${resolver} needs a Mac`, {
      hint: 'Guests of QEMU have a network each, which neither leases nor ARP of this computer show. Leave --resolver out.',
    });
  const agent = new ControlClient(path.join(vm.folder, tartFiles.controlSocket));
  const sought = { agent, macAddress: vm.config.macAddress, network: vm.annotations.network };
  const { ip: address } = await waitForAddress(sought, wait, terminal.ended);
  terminal.print(address);
  if (isWatched(terminal.streams.stdout) && address.startsWith('10.'))
    terminal.note('Only forwarded ports of it can be reached from here: tatin run --forward 2222:22.');
}

async function waitForAddress(sought: AddressQuery, waitS: number, signal: AbortSignal): Promise<Address> {
  const endMs = performance.now() + waitS * 1000;
  for (;;) {
    try {
      return await findAddress(sought, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() >= endMs) throw noAddress(AppError.from(error));
    }
    await delay(pollMs, undefined, { signal });
  }
}

function noAddress(reason: AppError): AppError {
  return new AppError('no-address', 'no IP address found', {
    hint: `${reason.message} ${reason.hint ?? ''} While it boots, give it time with --wait 60.`,
    cause: reason,
  });
}
