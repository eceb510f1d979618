import { AppError } from '../../contract/errors.ts';
import type { PortForward } from '../../contract/machine.ts';
import { planForwards } from '../plan-options.ts';
import type { VzFacts, VzVmnet } from './document.ts';
import type { VzPlannedNetwork, VzVm } from './planned.ts';
import type { VzNetworkChoice, VzRunOptions } from './run-options.ts';

/**
 * One network device for each way in, all with the VM's address as Tart does it; NAT where nothing is asked for.
 * Forwards need a network of the machine's own, where the guest's address is known before it starts.
 * @throws AppError `invalid-input`, `not-supported`
 */
export function planNetworks(vm: VzVm, options: VzRunOptions, facts: VzFacts): VzPlannedNetwork[] {
  const { macAddress } = vm.config;
  if ((Number.parseInt(macAddress.slice(0, 2), 16) & 1) === 1)
    throw new AppError('invalid-input', `The MAC address ${macAddress} is that of a group, not of a device.`, {
      hint: 'Let Tatin choose a new one.',
    });
  const choices = choicesOf(options);
  if (new Set(choices.map(({ kind }) => kind)).size > 1)
    throw new AppError('invalid-input', 'A machine can be in one kind of network at a time.');
  const forwards = planForwards(options.portForwards ?? vm.annotations.portForwards);
  if (choices.length > 0)
    return choices.map((choice) => ({ macAddress, attachment: attachmentOf(choice, macAddress, forwards, facts) }));
  if (options.network === 'none') return [];
  if (options.network === 'isolated')
    return [{ macAddress, attachment: vmnet('host', undefined, macAddress, [], facts) }];
  return [{ macAddress, attachment: nat(macAddress, forwards, facts) }];
}

function choicesOf({ networks = [], network }: VzRunOptions): readonly VzNetworkChoice[] {
  if (networks.length > 0 && network !== undefined)
    throw new AppError('invalid-input', 'A machine can be in one kind of network at a time.');
  return networks;
}

/** The plain NAT of macOS knows no forwards, so a machine that has some gets a network of its own where that can be. */
function nat(macAddress: string, forwards: readonly PortForward[], facts: VzFacts): VzPlannedNetwork['attachment'] {
  if (forwards.length === 0 || !facts.ownSubnets) return { kind: 'nat' };
  return vmnet('shared', undefined, macAddress, forwards, facts);
}

function attachmentOf(
  choice: VzNetworkChoice,
  macAddress: string,
  forwards: readonly PortForward[],
  facts: VzFacts,
): VzPlannedNetwork['attachment'] {
  if (choice.kind === 'softnet') return choice;
  if (choice.kind === 'vmnet') return vmnet(choice.mode, choice.subnet, macAddress, forwards, facts);
  const { interface: wanted } = choice;
  const known = facts.bridgedInterfaces.find(({ identifier, name }) => identifier === wanted || name === wanted);
  if (known !== undefined) return { kind: 'bridged', interface: known.identifier };
  if (facts.bridgedInterfaces.length === 0)
    throw new AppError(
      'not-supported',
      'Tatin is not signed for bridged networks: com.apple.vm.networking is missing.',
      {
        hint: 'Apple grants it to developers on request. Use NAT, or Softnet.',
      },
    );
  const names = facts.bridgedInterfaces.map(({ identifier, name }) => `${identifier} (${name})`).join(', ');
  throw new AppError('invalid-input', `There is no network interface “${wanted}” that could be bridged to.`, {
    hint: `There are: ${names}.`,
  });
}

/** The private block that networks of Tatin's are taken from where none is asked for; see {@link ownSubnet}. */
const ownBlock = '192.168';

function vmnet(
  mode: 'shared' | 'host',
  subnet: string | undefined,
  macAddress: string,
  forwards: readonly PortForward[],
  facts: VzFacts,
): VzVmnet {
  if (!facts.ownSubnets)
    throw new AppError('not-supported', 'A network of its own for a machine needs macOS 26 or newer.');
  const parsed = parseSubnet(subnet ?? (forwards.length > 0 ? ownSubnet(macAddress) : undefined));
  const guestAddress = parsed?.guest;
  return {
    kind: 'vmnet',
    mode,
    subnet: parsed === undefined ? null : { address: parsed.gateway, mask: parsed.mask },
    reservation: guestAddress === undefined ? null : { macAddress, address: guestAddress },
    forwards: forwards.map(({ protocol, hostPort, guestPort }) => ({
      protocol,
      hostPort,
      guestPort,
      // With forwards there is always a subnet.
      guestAddress: guestAddress ?? '',
    })),
  };
}

/** The same for one MAC address at every start, and apart from 192.168.64 and its neighbours, which macOS takes itself. */
function ownSubnet(macAddress: string): string {
  const bytes = macAddress.split(':').map((byte) => Number.parseInt(byte, 16));
  const third = 128 + (((bytes[4] ?? 0) * 256 + (bytes[5] ?? 0)) % 120);
  return `${ownBlock}.${third}.0/24`;
}

interface Subnet {
  /** The first address, which the Mac takes. It also names the subnet: with the network's own some Macs fail later. */
  readonly gateway: string;
  readonly mask: string;
  /** One that the guest can have. */
  readonly guest: string;
}

/** The first, second and last address of a network are taken, so it needs at least four (vmnet.h). */
function parseSubnet(text: string | undefined): Subnet | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const bytes = (match ?? []).slice(1, 5).map(Number);
  const length = Number(match?.[5]);
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - length);
  const isPrivate =
    bytes[0] === 10 || (bytes[0] === 172 && ((bytes[1] ?? 0) & 0xf0) === 16) || (bytes[0] === 192 && bytes[1] === 168);
  if (
    match === null ||
    bytes.some((byte) => byte > 255) ||
    length < 8 ||
    length > 30 ||
    number % size !== 0 ||
    !isPrivate
  )
    throw new AppError('invalid-input', `“${text}” is not a subnet that a machine can have.`, {
      hint: 'Give a private one in CIDR notation, as in 192.168.200.0/24.',
    });
  return { gateway: dotted(number + 1), mask: dotted(2 ** 32 - size), guest: dotted(number + 2) };
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
