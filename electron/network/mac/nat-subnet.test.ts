import { describe, expect, it } from 'vitest';
import { formatIpv4, formatSubnet, parseIpv4, parseSubnet, subnetOf } from '../ipv4.ts';
import { hostNetworks, parseHardwarePorts, parseNetstatRoutes, vmnetBridges } from './host-networks.ts';
import { type HostNetwork, checkNatSubnet, guestsOf, maskText, suggestNatSubnet } from './nat-subnet.ts';

const network = (title: string, text: string): HostNetwork => ({
  title,
  subnet: parseSubnet(text) ?? subnetOf(0, 32),
});
const wifi = network('en0, your Wi-Fi', '192.168.1.0/24');

const reasonOf = (address: string, mask: string, others: HostNetwork[] = []): string | undefined => {
  const checked = checkNatSubnet(address, mask, others);
  return 'mistake' in checked ? `${checked.mistake.field}: ${checked.mistake.reason}` : undefined;
};

describe('A NAT subnet', () => {
  it.each([
    ['192.168.77.1', '255.255.255.0', 253],
    ['10.9.0.1', '255.255.0.0', 65_533],
    ['172.31.4.5', '255.255.255.252', 1],
    [' 192.168.77.1 ', '255.255.255.0', 253],
  ])('may be %s with %s, for %i guests', (address, mask, guests) => {
    const checked = checkNatSubnet(address, mask, [wifi]);
    if ('mistake' in checked) throw new Error(checked.mistake.reason);
    expect(guestsOf(checked.subnet)).toBe(guests);
    expect(maskText(checked.subnet)).toBe(mask);
    expect(formatIpv4(checked.subnet.host)).toBe(address.trim());
  });

  it.each([
    ['192.168.77.0', '255.255.255.0', 'address: 192.168.77.0 is the network itself; its first host is 192.168.77.1'],
    ['192.168.77.255', '255.255.255.0', 'address: 192.168.77.255 is the broadcast address of its network'],
    ['8.8.8.1', '255.255.255.0', 'address: It must be a private one: in 10/8, 172.16/12 or 192.168/16'],
    ['192.168.77.1', '255.0.0.0', 'mask: It must be between 255.255.0.0 and 255.255.255.252'],
    ['192.168.77.1', '255.255.255.254', 'mask: It must be between 255.255.0.0 and 255.255.255.252'],
    ['192.168.77.1', '255.0.255.0', 'mask: "255.0.255.0" is not a mask such as 255.255.255.0'],
    [
      '192.168.77.1; rm -rf /',
      '255.255.255.0',
      'address: "192.168.77.1; rm -rf /" is not an address such as 192.168.77.1',
    ],
    ['$(id)', '255.255.255.0', 'address: "$(id)" is not an address such as 192.168.77.1'],
    ['192.168.1.1', '255.255.255.0', 'address: Overlaps en0, your Wi-Fi (192.168.1.0/24)'],
    ['192.168.200.1', '255.255.0.0', 'address: Overlaps en0, your Wi-Fi (192.168.1.0/24)'],
  ])('may not be %j with %j', (address, mask, reason) => {
    expect(reasonOf(address, mask, [wifi])).toBe(reason);
  });

  it('is suggested where nothing is', () => {
    const suggested = (others: HostNetwork[]) => formatIpv4(suggestNatSubnet(others)?.host ?? 0);
    expect(suggested([wifi])).toBe('192.168.77.1');
    expect(suggested([network('tun', '192.168.64.0/20')])).toBe('192.168.80.1');
    expect(suggestNatSubnet([network('all', '192.168.0.0/16')])).toBeUndefined();
  });
});

describe('The networks of a Mac', () => {
  const info = (address: string, netmask: string, family: 'IPv4' | 'IPv6' = 'IPv4') => ({
    ...{ address, netmask, family, mac: '00:00:00:00:00:00', internal: false, cidr: null },
    ...(family === 'IPv6' ? { scopeid: 0 } : {}),
  });
  // The shape of `os.networkInterfaces()`, whose IPv6 entries alone have a scope.
  const interfaces = {
    lo0: [info('127.0.0.1', '255.0.0.0')],
    en0: [info('fe80::1', 'ffff:ffff:ffff:ffff::', 'IPv6'), info('192.168.1.7', '255.255.255.0')],
    bridge100: [info('192.168.64.1', '255.255.255.0')],
  } as Parameters<typeof hostNetworks>[0];
  const routes = parseNetstatRoutes(`Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.1.1        UGScg                 en0
10.8/16            10.8.0.1           UGSc                utun4
127                127.0.0.1          UCS                   lo0
169.254            link#14            UCS                   en0      !
192.168.1          link#14            UCS                   en0      !
192.168.1.20       0:11:22:33:44:55   UHLWIi                en0    900
192.168.64         link#22            UC              bridge100      !
224.0.0/4          link#14            UmCS                  en0      !
`);
  const ports = parseHardwarePorts(`
Hardware Port: Thunderbolt Bridge
Device: bridge0
Ethernet Address: 36:00:00:00:00:00

Hardware Port: Wi-Fi
Device: en0
Ethernet Address: f0:00:00:00:00:00
`);

  it('are those it is on and those it has a way to, by the names that a person knows', () => {
    expect(hostNetworks(interfaces, ports, routes).map(({ title, subnet }) => [title, formatSubnet(subnet)])).toEqual([
      ['en0, your Wi-Fi', '192.168.1.0/24'],
      ['a route through utun4', '10.8.0.0/16'],
    ]);
  });

  it('leave out the bridge of its guests, which is told apart', () => {
    expect(vmnetBridges(interfaces)).toEqual([{ name: 'bridge100', host: parseIpv4('192.168.64.1'), prefixBits: 24 }]);
  });
});
