import { Option } from 'commander';
import { AppError } from '../../contract/errors.ts';
import { localId } from '../../operations/machines/local-names.ts';
import { Operations } from '../operations.ts';
import type { DefineCommand } from '../program.ts';
import { inTartsWords } from '../running.ts';
import { isWatched, type Terminal } from '../terminal.ts';
import { uint16 } from '../values.ts';

interface Options {
  wait: number;
  resolver?: 'dhcp' | 'arp' | 'agent';
}

export const define: DefineCommand = (command, terminal) => {
  command
    .description('Print the IPv4 address of a running VM')
    .argument('<name>', 'Running VM')
    .option('--wait <seconds>', 'Time to wait until it has one', uint16, 0)
    .addOption(
      new Option(
        '--resolver <resolver>',
        'How to find it: dhcp and arp on a Mac; default: all that this computer knows',
      ).choices(['dhcp', 'arp', 'agent']),
    )
    .action((name: string, options: Options) => ip(name, options, terminal));
};

async function ip(name: string, { wait, resolver }: Options, terminal: Terminal): Promise<void> {
  await using operations = await Operations.open(terminal);
  const input = { id: localId(name), resolver, waitSeconds: wait };
  const { ip: address } = await inTartsWords(name, () =>
    operations.call('machines.address', input, terminal.ended).catch((error: unknown) => {
      throw noAddress(AppError.from(error));
    }),
  );
  terminal.print(address);
  if (isWatched(terminal.streams.stdout) && address.startsWith('10.'))
    terminal.note('Only forwarded ports of it can be reached from here: tatin run --forward 2222:22.');
}

/** Tart's words for every reason that there is no address. */
function noAddress(reason: AppError): AppError {
  if (!['no-address', 'not-supported', 'agent-unavailable', 'agent-failed', 'timeout'].includes(reason.code))
    return reason;
  return new AppError('no-address', 'no IP address found', {
    hint: `${reason.message} ${reason.hint ?? ''} While it boots, give it time with --wait 60.`,
    cause: reason,
  });
}
