import { type Ipv4, isReachable, parseIpv4 } from './ipv4.ts';
import { normalizedMac } from './mac-address.ts';

/** A neighbour that the host has heard of on one of its networks. */
export interface Neighbour {
  readonly address: Ipv4;
  readonly mac: string;
  /** `en0`, `bridge100`, `virbr0`. */
  readonly network: string;
}

const arpLine = /^\S+ \((?<ip>[\d.]+)\) at (?<mac>[0-9a-f:]+) on (?<network>\S+)/i;

/**
 * What `arp -an` prints on a Mac. A line that says something else (an entry that is not complete, a header of a later
 * version) is left out: Tart fails on it, and then finds no address at all.
 */
export function parseArp(text: string): Neighbour[] {
  return text.split('\n').flatMap((line) => {
    const { ip = '', mac = '', network = '' } = arpLine.exec(line.trim())?.groups ?? {};
    return neighbour(ip, mac, network);
  });
}

/** Linux's `/proc/net/arp`: address, type, flags (0x2 complete), MAC address, mask, network. */
export function parseProcArp(text: string): Neighbour[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [ip = '', , flags = '', mac = '', , network = ''] = line.trim().split(/\s+/);
      return (Number(flags) & 2) === 0 ? [] : neighbour(ip, mac, network);
    });
}

function neighbour(ip: string, text: string, network: string): Neighbour[] {
  const address = parseIpv4(ip);
  const mac = normalizedMac(text);
  if (address === undefined || mac === undefined || mac === '00:00:00:00:00:00' || mac === 'ff:ff:ff:ff:ff:ff')
    return [];
  return [{ address, mac, network }];
}

/** The first neighbour with this MAC address that can be reached. */
export function neighbourOfMac(neighbours: readonly Neighbour[], mac: string): Neighbour | undefined {
  const wanted = normalizedMac(mac);
  return neighbours.find((each) => each.mac === wanted && isReachable(each.address));
}
