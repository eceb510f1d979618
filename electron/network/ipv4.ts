/** An IPv4 address as a number from 0 to 2^32 - 1, so that ranges are plain comparisons. */
export type Ipv4 = number;

/** A block of addresses: the first one, and how many leading bits are fixed. */
export interface Subnet {
  readonly base: Ipv4;
  /** 0 to 32. */
  readonly prefixBits: number;
}

/** Four decimal numbers without leading zeros, which some programs read as octal; undefined for anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatIpv4(address: Ipv4): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
}

/** How many bits a mask such as 255.255.255.0 fixes; undefined if it is no mask. */
export function prefixOfMask(mask: Ipv4): number | undefined {
  const size = 2 ** 32 - mask;
  const bits = Math.log2(size);
  return Number.isInteger(bits) ? 32 - bits : undefined;
}

export function maskOfPrefix(prefixBits: number): Ipv4 {
  return 2 ** 32 - 2 ** (32 - prefixBits);
}

/** The subnet that an address with a prefix is in. */
export function subnetOf(address: Ipv4, prefixBits: number): Subnet {
  const size = 2 ** (32 - prefixBits);
  return { base: Math.floor(address / size) * size, prefixBits };
}

/** How many addresses a subnet has, its own and the broadcast one among them. */
export function sizeOf({ prefixBits }: Subnet): number {
  return 2 ** (32 - prefixBits);
}

/** The last address of a subnet, which is its broadcast address. */
export function lastOf(subnet: Subnet): Ipv4 {
  return subnet.base + sizeOf(subnet) - 1;
}

export function contains(subnet: Subnet, address: Ipv4): boolean {
  return address >= subnet.base && address <= lastOf(subnet);
}

/** Whether two subnets have an address in common. */
export function overlap(a: Subnet, b: Subnet): boolean {
  return a.base <= lastOf(b) && b.base <= lastOf(a);
}

/** `192.168.64.0/24` */
export function formatSubnet({ base, prefixBits }: Subnet): string {
  return `${formatIpv4(base)}/${prefixBits}`;
}

/** `192.168.64.0/24`, or the shortened `192.168.64/24` and `127` of macOS's route table; undefined for anything else. */
export function parseSubnet(text: string): Subnet | undefined {
  const [written = '', bits, ...more] = text.split('/');
  const parts = written.split('.');
  const address = parseIpv4([...parts, '0', '0', '0'].slice(0, Math.max(4, parts.length)).join('.'));
  if (address === undefined || more.length > 0) return undefined;
  // Without a prefix, macOS means as many bits as there are numbers.
  const prefixBits = bits === undefined ? parts.length * 8 : /^\d{1,2}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(prefixBits >= 0 && prefixBits <= 32)) return undefined;
  return subnetOf(address, prefixBits);
}

/** The blocks that RFC 1918 sets aside for private networks. */
const privateBlocks: readonly Subnet[] = [
  { base: parseIpv4('10.0.0.0') ?? 0, prefixBits: 8 },
  { base: parseIpv4('172.16.0.0') ?? 0, prefixBits: 12 },
  { base: parseIpv4('192.168.0.0') ?? 0, prefixBits: 16 },
];

/** Nobody is reached at these: this network, loopback, made up for lack of DHCP (RFC 3927), multicast, reserved. */
const unreachableBlocks: readonly Subnet[] = [
  { base: parseIpv4('0.0.0.0') ?? 0, prefixBits: 8 },
  { base: parseIpv4('127.0.0.0') ?? 0, prefixBits: 8 },
  { base: parseIpv4('169.254.0.0') ?? 0, prefixBits: 16 },
  { base: parseIpv4('224.0.0.0') ?? 0, prefixBits: 3 },
];

/** Whether a guest may be reached at this address from its host or its network (RFC 6890). */
export function isReachable(address: Ipv4): boolean {
  return !unreachableBlocks.some((block) => contains(block, address));
}

export function isPrivate(subnet: Subnet): boolean {
  return privateBlocks.some((block) => block.base <= subnet.base && lastOf(subnet) <= lastOf(block));
}
