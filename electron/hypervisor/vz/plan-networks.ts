import { AppError } from '../../contract/errors.ts';
import type { PortForward } from '../../contract/machine.ts';
import type { NetworkSettings } from '../../contract/network-settings.ts';
import { cardMacs, checkOwnMac } from '../shared/plan-network.ts';
import { planForwards } from '../shared/plan-options.ts';
import type { VzFacts, VzVmnet } from './document.ts';
import type { VzPlannedNetwork, VzVm } from './planned.ts';
import type { VzNetworkChoice, VzRunOptions } from './run-options.ts';

/** Network devices, and the forwards that macOS does not carry itself. */
export interface VzPlannedNetworks {
  readonly networks: readonly VzPlannedNetwork[];
  readonly proxied: readonly PortForward[];
}

/**
 * One network device for each way in, the first with the VM's address; NAT where nothing is asked for. Forwards that are
 * open to other computers need a network of the machine's own, where the guest's address is known before it starts;
 * those of one address of this Mac, its loopback above all, are carried by Tatin, since vmnet's are not answered there.
 * @throws AppError `invalid-input`, `not-supported`
 */
export function planNetworks(vm: VzVm, options: VzRunOptions, facts: VzFacts): VzPlannedNetworks {
  const { macAddress } = vm.config;
  checkOwnMac(macAddress);
  const { networks: asked = [], network } = options;
  if (asked.length > 0 && network !== undefined) throw oneKind();
  const forwards = planForwards(options.portForwards ?? vm.annotations.portForwards);
  const settings = network ?? vm.annotations.network;
  if (asked.length === 0 && settings.mode === 'none') return { networks: [], proxied: [] };
  if (asked.length === 0 && settings.mode === 'isolated' && forwards.length > 0)
    throw new AppError('invalid-input', 'No port of this Mac can lead into an isolated machine.', {
      hint: 'Take its port forwards away, or give it a network with the host alone.',
    });
  const choices = asked.length > 0 ? asked : choicesOf(settings, facts);
  if (new Set(choices.map(({ kind }) => kind)).size > 1) throw oneKind();
  const networks = choices.length === 0 ? [{ macAddress, attachment: nat(macAddress, forwards, facts) }] : [];
  const macs = cardMacs(macAddress, choices);
  choices.forEach((choice, index) => {
    const mac = macs[index] ?? macAddress;
    networks.push({ macAddress: mac, attachment: attachmentOf(choice, mac, forwards, facts) });
  });
  const own = networks.some(({ attachment }) => attachment.kind === 'vmnet');
  return { networks, proxied: forwards.filter((forward) => !own || !isEverywhere(forward)) };
}

function oneKind(): AppError {
  return new AppError('invalid-input', 'A machine can be in one kind of network at a time.');
}

/** What the sidecar, or `--network`, asks for; empty for NAT. */
function choicesOf(settings: NetworkSettings, facts: VzFacts): readonly VzNetworkChoice[] {
  switch (settings.mode) {
    case 'nat':
    case 'none':
      return [];
    case 'bridged':
      return settings.interfaces.map((card) => ({ kind: 'bridged', ...card }));
    case 'softnet':
      return [{ kind: 'softnet', allow: settings.allow, block: settings.block, expose: settings.expose }];
    case 'host':
      return [facts.ownSubnets ? { kind: 'vmnet', mode: 'host' } : { kind: 'softnet', hostOnly: true }];
    case 'isolated':
      return [{ kind: 'softnet', block: ['0.0.0.0/0'] }];
  }
}

/** On every address of this Mac. */
function isEverywhere({ hostAddress }: PortForward): boolean {
  return hostAddress === '0.0.0.0';
}

/** The plain NAT of macOS knows no forwards, so a machine that has some gets a network of its own where that can be. */
function nat(macAddress: string, forwards: readonly PortForward[], facts: VzFacts): VzPlannedNetwork['attachment'] {
  if (!facts.ownSubnets || !forwards.some(isEverywhere)) return { kind: 'nat' };
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
  return { kind: 'bridged', interface: bridgeable(choice.interface, facts) };
}

/** An interface by its identifier or name. @throws AppError `not-supported`, `invalid-input` with those that there are */
function bridgeable(wanted: string, facts: VzFacts): string {
  const known = facts.bridgedInterfaces.find(({ identifier, name }) => identifier === wanted || name === wanted);
  if (known !== undefined) return known.identifier;
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
  allForwards: readonly PortForward[],
  facts: VzFacts,
): VzVmnet {
  const forwards = allForwards.filter(isEverywhere);
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
