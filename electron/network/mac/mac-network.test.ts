import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunCommand } from '../../host/command-runner.ts';
import { MacNetwork, type MacSystem } from './mac-network.ts';

const now = new Date(0x678e2000 * 1000);
const lease = (name: string, ip: string, hardware: string, end: number): string =>
  `{\n\tname=${name}\n\tip_address=${ip}\n\thw_address=${hardware}\n\tlease=0x${end.toString(16)}\n}\n`;
const table = [
  lease('old', '192.168.64.9', '1,a:3e:5:77:c1:9', 0x678e1000),
  lease('fedora', '192.168.64.16', 'ff,f1:f5:dd:7f:0:2', 0x678e2ce7),
  lease('sequoia-ci', '192.168.64.12', '1,7a:65:e4:3f:b2:1', 0x678e2ce7),
].join('');

const answers: Record<string, string> = {
  '/usr/sbin/netstat -rn -f inet': 'Destination Gateway Flags Netif\n192.168.1 link#14 UCS en0\n',
  '/usr/sbin/networksetup -listallhardwareports': 'Hardware Port: Wi-Fi\nDevice: en0\n',
  '/usr/bin/sw_vers -productVersion': '26.1\n',
};

/** A Mac on a Wi-Fi, with three leases, whose administrator agrees to everything. */
function mac(otherwise: Partial<MacSystem> = {}): { network: MacNetwork; calls: string[]; installed: string[] } {
  const calls: string[] = [];
  const installed: string[] = [];
  const run: RunCommand = (program, args) => {
    const line = [program, ...args].join(' ');
    calls.push(line);
    const source = /install -m 644 -o root -g wheel (\S+)/.exec(line)?.[1];
    if (source !== undefined) installed.push(readFileSync(source, 'utf8'));
    const stdout = answers[line];
    return Promise.resolve({
      exitCode: stdout === undefined && program.endsWith('plutil') ? 1 : 0,
      stdout: stdout ?? '',
      stderr: '',
    });
  };
  const system: MacSystem = {
    run,
    interfaces: () => ({
      en0: [{ address: '192.168.1.7', netmask: '255.255.255.0', family: 'IPv4', mac: '', internal: false, cidr: null }],
    }),
    readLeases: () => Promise.resolve(table),
    now: () => now,
    ...otherwise,
  };
  return { network: new MacNetwork('sudo', system), calls, installed };
}

const machines = [{ id: 'sequoia-ci', mac: '7a:65:e4:3f:b2:01', isRunning: true }];

describe('The network of a Mac', () => {
  it('is read whole: subnet, leases with their machines, and what is left', async () => {
    const { network } = mac();
    expect(await network.read(machines)).toMatchObject({
      inForce: { address: '192.168.64.1', mask: '255.255.255.0', from: 'default' },
      suggested: { address: '192.168.77.1', mask: '255.255.255.0' },
      ...{ leaseSeconds: 86_400, leaseIsDefault: true, runningCount: 1, isIgnored: true, problems: [], leaseCount: 3 },
      use: { total: 253, inUse: 1, held: 1, expired: 1, free: 250 },
      leases: [
        {
          name: 'sequoia-ci',
          address: '192.168.64.12',
          owner: '7a:65:e4:3f:b2:01',
          vmId: 'sequoia-ci',
          isExpired: false,
        },
        { name: 'fedora', owner: 'ff,f1:f5:dd:7f:0:2', ownerKind: 'identifier', isExpired: false },
        { name: 'old', owner: '0a:3e:05:77:c1:09', isExpired: true },
      ],
    });
  });

  it('is what the bridge shows, whatever is stored', async () => {
    const bridge = {
      address: '192.168.66.1',
      netmask: '255.255.255.0',
      family: 'IPv4',
      mac: '',
      internal: false,
      cidr: null,
    } as const;
    const { network } = mac({ interfaces: () => ({ bridge100: [bridge] }) });
    expect((await network.read([])).inForce).toEqual({
      ...{ address: '192.168.66.1', mask: '255.255.255.0', from: 'seen', bridge: 'bridge100' },
    });
  });

  it('is changed only to what is free and private', async () => {
    const { network, calls } = mac();
    await expect(network.setSubnet('192.168.1.1', '255.255.255.0')).rejects.toThrow('Overlaps en0, your Wi-Fi');
    await expect(network.setSubnet('$(reboot)', '255.255.255.0')).rejects.toThrow('is not an address');
    expect(calls.filter((call) => call.includes('sudo'))).toEqual([]);
    await network.setSubnet('192.168.77.1', '255.255.255.0');
    expect(calls.filter((call) => call.includes('sudo'))).toHaveLength(2);
  });

  it('is left alone where there is nothing to reset', async () => {
    const { network, calls } = mac();
    await network.resetSubnet();
    expect(calls.filter((call) => call.includes('sudo'))).toEqual([]);
  });

  it('forgets leases that are over, and keeps the others', async () => {
    const { network, installed } = mac();
    await network.clearLeases('expired');
    expect(installed).toHaveLength(1);
    expect(installed[0]).not.toContain('name=old');
    expect(installed[0]).toContain('name=fedora');
  });

  it('forgets all leases when told to', async () => {
    const { network, calls } = mac();
    await network.clearLeases('all');
    expect(calls[0]).toBe('/usr/bin/sudo -- /bin/rm -f /var/db/dhcpd_leases');
  });
});
