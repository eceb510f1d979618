import type { NetworkInterfaceInfo } from 'node:os';
import { type Ipv4, type Subnet, parseIpv4, parseSubnet, prefixOfMask, subnetOf } from '../ipv4.ts';
import type { HostNetwork } from './nat-subnet.ts';

/** The bridge that vmnet makes for its shared network, as seen on the host while a guest runs. */
export interface SeenBridge {
  /** `bridge100` */
  readonly name: string;
  readonly host: Ipv4;
  readonly prefixBits: number;
}

/** vmnet numbers its bridges from 100 on; those that a person makes begin at 0. */
const vmnetBridge = /^bridge1\d\d$/;

type Interfaces = Partial<Record<string, readonly NetworkInterfaceInfo[]>>;

/** vmnet's bridges that are up. */
export function vmnetBridges(interfaces: Interfaces): SeenBridge[] {
  return ipv4Of(interfaces)
    .filter(({ name }) => vmnetBridge.test(name))
    .map(({ name, address, prefixBits }) => ({ name, host: address, prefixBits }));
}

/**
 * The networks that the host is on or has a route to, other than its guests' own and its loopback.
 * @param ports names of interfaces, e.g. `en0` to "Wi-Fi"
 * @param routes from {@link parseNetstatRoutes}
 */
export function hostNetworks(
  interfaces: Interfaces,
  ports: ReadonlyMap<string, string>,
  routes: readonly { subnet: Subnet; network: string }[],
): HostNetwork[] {
  const own = ipv4Of(interfaces)
    .filter(({ name, address }) => !vmnetBridge.test(name) && !isLoopback(address))
    .map(({ name, address, prefixBits }) => ({ name, subnet: subnetOf(address, prefixBits) }));
  const titled = own.map(({ name, subnet }) => ({ title: titleOf(name, ports), subnet }));
  const farther = routes
    .filter(({ subnet, network }) => !vmnetBridge.test(network) && subnet.prefixBits > 0 && !isLoopback(subnet.base))
    // Link-local and multicast blocks are on every interface and never a network of guests.
    .filter(({ subnet }) => Math.floor(subnet.base / 2 ** 24) < 224 && Math.floor(subnet.base / 2 ** 16) !== 43_518)
    .filter(({ subnet }) => !own.some((known) => known.subnet.base <= subnet.base && isInside(subnet, known.subnet)))
    .map(({ subnet, network }) => ({ title: `a route through ${titleOf(network, ports)}`, subnet }));
  return [...titled, ...farther];
}

function titleOf(name: string, ports: ReadonlyMap<string, string>): string {
  const port = ports.get(name);
  return port === undefined ? name : `${name}, your ${port}`;
}

function isInside(inner: Subnet, outer: Subnet): boolean {
  return subnetOf(inner.base, outer.prefixBits).base === outer.base && inner.prefixBits >= outer.prefixBits;
}

function isLoopback(address: Ipv4): boolean {
  return Math.floor(address / 2 ** 24) === 127;
}

function ipv4Of(interfaces: Interfaces): { name: string; address: Ipv4; prefixBits: number }[] {
  return Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos.flatMap(({ family, address: text, netmask }) => {
      const address = family === 'IPv4' ? parseIpv4(text) : undefined;
      const prefixBits = prefixOfMask(parseIpv4(netmask) ?? 1);
      return address === undefined || prefixBits === undefined ? [] : [{ name, address, prefixBits }];
    }),
  );
}

/** What `netstat -rn -f inet` prints on a Mac: destination, gateway, flags, interface. */
export function parseNetstatRoutes(text: string): { subnet: Subnet; network: string }[] {
  return text.split('\n').flatMap((line) => {
    const [destination = '', , flags = '', network] = line.trim().split(/\s+/);
    // H is a route to one host: neighbours, not networks.
    if (network === undefined || flags.includes('H')) return [];
    const subnet = parseSubnet(destination);
    return subnet === undefined ? [] : [{ subnet, network }];
  });
}

/** What `networksetup -listallhardwareports` prints: which interface is which port. */
export function parseHardwarePorts(text: string): Map<string, string> {
  const ports = new Map<string, string>();
  for (const [, port = '', device = ''] of text.matchAll(/^Hardware Port: (.+)\nDevice: (\S+)$/gm))
    ports.set(device, port);
  return ports;
}
