import { AppError } from '../../contract/errors.ts';
import type { PortForward } from '../../contract/machine.ts';
import type { NetworkOf, NetworkSettings } from '../../contract/network-settings.ts';
import type { VmConfig } from '../../library/config.ts';
import { defaultSubnet } from '../../network/guest-subnet.ts';
import { macOfCard } from '../../network/mac-address.ts';
import { planForwards } from './plan-options.ts';

/** The network of a guest where each has one of its own, or joins a bridge of the host. */
export type PlannedNetwork =
  | { readonly kind: 'none' }
  /** `isolated` reaches nothing, not even the host; forwards into it work. */
  | ({ readonly kind: 'isolated'; readonly subnet: string } & Joined)
  | ({ readonly kind: 'nat'; readonly subnet: string; readonly hostLoopback: boolean } & Joined)
  | ({ readonly kind: 'bridged'; readonly cards: readonly PlannedCard[] } & Joined);

interface Joined {
  /** The machine's own, which its first card has unless it was given another. */
  readonly macAddress: string;
  readonly forwards: readonly PortForward[];
}

interface PlannedCard {
  readonly macAddress: string;
  /** The bridge of the host that it is on. */
  readonly bridge: string;
}

const macOnly: Record<'softnet' | 'host', string> = {
  softnet: 'Softnet works on vmnet, a part of macOS. Here “isolated” keeps the guest to itself.',
  host: 'A network with the host alone is made by vmnet, a part of macOS. Here the guest can be isolated, or bridged to a bridge that leads nowhere.',
};

/** Why a mode is none for a guest of QEMU; undefined if it is one. */
export function modeNotAvailable(mode: NetworkSettings['mode']): string | undefined {
  return mode === 'softnet' || mode === 'host' ? macOnly[mode] : undefined;
}

/** @throws AppError `invalid-input`, `not-supported` with the reason */
export function planNetwork(
  { macAddress }: VmConfig,
  settings: NetworkSettings,
  wantedForwards: readonly PortForward[],
): PlannedNetwork {
  const joined = () => {
    checkOwnMac(macAddress);
    return { macAddress, forwards: planForwards(wantedForwards) };
  };
  switch (settings.mode) {
    case 'none':
      return { kind: 'none' };
    case 'softnet':
    case 'host':
      throw new AppError('not-supported', `This computer has no network of the kind “${settings.mode}”.`, {
        hint: modeNotAvailable(settings.mode),
      });
    case 'bridged':
      return { kind: 'bridged', ...joined(), cards: planCards(macAddress, settings) };
    case 'isolated':
      return { kind: 'isolated', ...joined(), subnet: defaultSubnet };
    case 'nat':
      return {
        kind: 'nat',
        ...joined(),
        subnet: settings.subnet ?? defaultSubnet,
        hostLoopback: settings.hostLoopback,
      };
  }
}

/**
 * The lowest bit of the first byte marks a group of receivers (IEEE 802); no device may send from one.
 * @throws AppError `invalid-input`
 */
export function checkOwnMac(macAddress: string): void {
  if ((Number.parseInt(macAddress.slice(0, 2), 16) & 1) === 1)
    throw new AppError('invalid-input', `The MAC address ${macAddress} is that of a group, not of a device.`, {
      hint: 'Let Tatin choose a new one.',
    });
}

/**
 * Cards with a MAC address each: two that share one are one to every switch.
 * @throws AppError `invalid-input`
 */
export function cardMacs(
  macAddress: string,
  cards: readonly { readonly macAddress?: string | undefined }[],
): readonly string[] {
  const macs = cards.map((card, index) => card.macAddress ?? macOfCard(macAddress, index));
  const twice = macs.find((mac, index) => macs.indexOf(mac) !== index);
  if (twice !== undefined)
    throw new AppError('invalid-input', `Two network cards of the machine have the MAC address ${twice}.`, {
      hint: 'Give each its own, or leave the choice to Tatin.',
    });
  return macs;
}

function planCards(macAddress: string, { interfaces }: NetworkOf<'bridged'>): PlannedCard[] {
  const macs = cardMacs(macAddress, interfaces);
  return interfaces.map((card, index) => ({ macAddress: macs[index] ?? macAddress, bridge: card.interface }));
}
