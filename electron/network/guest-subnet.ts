import { AppError } from '../contract/errors.ts';
import { formatIpv4, lastOf, parseSubnet, sizeOf } from './ipv4.ts';

/** The network that one guest has to itself: what it is told of it. */
export interface GuestNetwork {
  /** In CIDR notation. */
  readonly subnet: string;
  readonly address: string;
  readonly gateway: string;
  readonly nameServer: string;
  readonly prefixBits: number;
}

/** QEMU's own choice, so that a guest sees the same whoever makes its network. */
export const defaultSubnet = '10.0.2.0/24';

/**
 * The addresses in a subnet, at QEMU's own places: the second is the gateway, the third the name server, the fifteenth
 * the guest; in a small one the guest has the last.
 * @throws AppError `invalid-input` for what is no subnet with room for them
 */
export function guestNetworkOf(cidr: string): GuestNetwork {
  const subnet = parseSubnet(cidr);
  if (subnet === undefined || sizeOf(subnet) < 8)
    throw new AppError('invalid-input', `“${cidr}” is not a network that a guest can have.`, {
      hint: `Give a private one in CIDR notation, as in ${defaultSubnet}.`,
    });
  const { base, prefixBits } = subnet;
  return {
    subnet: cidr,
    address: formatIpv4(Math.min(base + 15, lastOf(subnet) - 1)),
    gateway: formatIpv4(base + 2),
    nameServer: formatIpv4(base + 3),
    prefixBits,
  };
}
