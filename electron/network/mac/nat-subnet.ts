import {
  type Ipv4,
  type Subnet,
  formatIpv4,
  formatSubnet,
  isPrivate,
  lastOf,
  maskOfPrefix,
  overlap,
  parseIpv4,
  prefixOfMask,
  subnetOf,
} from '../ipv4.ts';

/** The address that the host has on the network of its guests, and with it the network. */
export interface NatSubnet {
  readonly host: Ipv4;
  readonly prefixBits: number;
}

/** A network that the host is on or knows a way to. */
export interface HostNetwork {
  /** "en0, your Wi-Fi", for a sentence. */
  readonly title: string;
  readonly subnet: Subnet;
}

/** vmnet's own choice, until another program's network is in the way. */
export const defaultNatSubnet: NatSubnet = { host: parseIpv4('192.168.64.1') ?? 0, prefixBits: 24 };

/** Masks that vmnet takes: 255.255.0.0 to 255.255.255.252. */
const widestPrefixBits = 16;
const narrowestPrefixBits = 30;

/** What is wrong with the requested settings, and where. */
export interface SubnetMistake {
  readonly field: 'address' | 'mask';
  readonly reason: string;
}

/**
 * Checks what a person typed.
 * @param others networks of the host other than the guests' own
 */
export function checkNatSubnet(
  addressText: string,
  maskText: string,
  others: readonly HostNetwork[],
): { subnet: NatSubnet } | { mistake: SubnetMistake } {
  const mask = parseIpv4(maskText.trim());
  const prefixBits = mask === undefined ? undefined : prefixOfMask(mask);
  if (prefixBits === undefined) return wrong('mask', `${JSON.stringify(maskText)} is not a mask such as 255.255.255.0`);
  if (prefixBits < widestPrefixBits || prefixBits > narrowestPrefixBits)
    return wrong('mask', 'It must be between 255.255.0.0 and 255.255.255.252');
  const host = parseIpv4(addressText.trim());
  if (host === undefined)
    return wrong('address', `${JSON.stringify(addressText)} is not an address such as 192.168.77.1`);
  const subnet = subnetOf(host, prefixBits);
  if (!isPrivate(subnet)) return wrong('address', 'It must be a private one: in 10/8, 172.16/12 or 192.168/16');
  if (host === subnet.base)
    return wrong('address', `${formatIpv4(host)} is the network itself; its first host is ${formatIpv4(host + 1)}`);
  if (host === lastOf(subnet)) return wrong('address', `${formatIpv4(host)} is the broadcast address of its network`);
  const other = others.find((network) => overlap(network.subnet, subnet));
  if (other !== undefined) return wrong('address', `Overlaps ${other.title} (${formatSubnet(other.subnet)})`);
  return { subnet: { host, prefixBits } };
}

function wrong(field: SubnetMistake['field'], reason: string): { mistake: SubnetMistake } {
  return { mistake: { field, reason } };
}

/** A subnet of 254 hosts that is free, high in 192.168/16, where home routers seldom are; undefined if all are taken. */
export function suggestNatSubnet(others: readonly HostNetwork[]): NatSubnet | undefined {
  const first = 77;
  for (let step = 0; step < 256; step++) {
    const host = parseIpv4(`192.168.${(first + step) % 256}.1`);
    if (host === undefined) continue;
    const subnet = subnetOf(host, 24);
    if (!others.some((network) => overlap(network.subnet, subnet))) return { host, prefixBits: 24 };
  }
  return undefined;
}

/** How many guests fit: every address but the network's, the host's and the broadcast one. */
export function guestsOf({ prefixBits }: NatSubnet): number {
  return 2 ** (32 - prefixBits) - 3;
}

/** `255.255.255.0` */
export function maskText({ prefixBits }: NatSubnet): string {
  return formatIpv4(maskOfPrefix(prefixBits));
}
