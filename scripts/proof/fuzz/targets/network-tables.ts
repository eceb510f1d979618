import { parseArp, parseProcArp } from '../../../../electron/network/arp-table.ts';
import { formatIpv4 } from '../../../../electron/network/ipv4.ts';
import { leaseOfMac, parseLeases, withoutExpired } from '../../../../electron/network/mac/dhcp-leases.ts';
import { type FuzzTarget, type Outcome, WrongAnswer } from '../target.ts';

const now = new Date('2026-01-01T00:00:00Z');
const address = /^\d{1,3}(\.\d{1,3}){3}$/;

function leases(bytes: Buffer): Outcome {
  const text = bytes.toString('utf8');
  const found = parseLeases(text);
  leaseOfMac(found, '7a:65:e4:3f:b2:01', now);
  if (withoutExpired(text, now).length > text.length)
    throw new WrongAnswer('Taking leases away made the table longer.');
  for (const lease of found)
    if (lease.address !== undefined && !address.test(formatIpv4(lease.address)))
      throw new WrongAnswer(`An address ${formatIpv4(lease.address)}.`);
  return found.some(({ problem }) => problem === undefined) ? 'accepted' : 'refused';
}

function arp(bytes: Buffer): Outcome {
  const text = bytes.toString('utf8');
  const found = [...parseArp(text), ...parseProcArp(text)];
  for (const { address: of, mac } of found) {
    if (!address.test(formatIpv4(of))) throw new WrongAnswer(`An address ${formatIpv4(of)}.`);
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac))
      throw new WrongAnswer(`A hardware address ${JSON.stringify(mac)}.`);
  }
  return found.length > 0 ? 'accepted' : 'refused';
}

/** Tables that say where guests are; names in them are the guests' own. */
export const networkTables: readonly FuzzTarget[] = [
  { name: 'leases', words: ['{\n', '}\n', '\tname=', '\tip_address=', '\thw_address=1,', '\tlease=0x'], run: leases },
  { name: 'arp', words: [' at ', ' on en0', '? (', '0x2', '(incomplete)'], run: arp },
];
