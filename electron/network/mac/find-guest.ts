import type { Address } from '../../contract/machine.ts';
import type { RunCommand } from '../../host/command-runner.ts';
import { neighbourOfMac, parseArp } from '../arp-table.ts';
import { formatIpv4 } from '../ipv4.ts';
import { leaseOfMac, parseLeases, readLeases } from './dhcp-leases.ts';

/**
 * Where a Mac believes a guest to be: the address that its DHCP server gave out, else one that it has heard of on a
 * network, as for a guest on a bridge. Undefined if it knows nothing of these MAC addresses.
 */
export async function findOnMac(
  macs: readonly string[],
  run: RunCommand,
  from: { leases?: string; only?: 'dhcp' | 'arp' } = {},
): Promise<Address | undefined> {
  const at = new Date();
  if (from.only !== 'arp') {
    const leases = parseLeases(await readLeases(from.leases));
    for (const mac of macs) {
      const address = leaseOfMac(leases, mac, at)?.address;
      if (address !== undefined) return { ip: formatIpv4(address), source: 'dhcp', at: at.toISOString() };
    }
  }
  if (from.only === 'dhcp') return undefined;
  const { stdout } = await run('/usr/sbin/arp', ['-an'], { timeoutMs: 5000 });
  const neighbours = parseArp(stdout);
  for (const mac of macs) {
    const neighbour = neighbourOfMac(neighbours, mac);
    if (neighbour !== undefined) return { ip: formatIpv4(neighbour.address), source: 'arp', at: at.toISOString() };
  }
  return undefined;
}
