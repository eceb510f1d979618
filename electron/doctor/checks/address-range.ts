import { type RangeUse, rangeUse } from '../../network/mac/address-range.ts';
import { parseLeases, readLeases } from '../../network/mac/dhcp-leases.ts';
import { vmnetBridges } from '../../network/mac/host-networks.ts';
import { defaultNatSubnet } from '../../network/mac/nat-subnet.ts';
import { defaultLeaseSeconds, readVmnetSettings } from '../../network/mac/vmnet-settings.ts';
import { formatSubnet, subnetOf } from '../../network/ipv4.ts';
import { type Check, type Finding, type CheckContext, onlyOnMac, passed } from '../check.ts';
import { count } from '../words.ts';

/** With fewer left than this part of the range, somebody should know. */
const scarce = 0.15;

/** Whether the next machines will get an address. */
export const addressRange: Check = {
  id: 'address-range',
  title: 'Address range',
  async look(surroundings) {
    if (surroundings.platform !== 'darwin') return onlyOnMac;
    const { use, subnet } = await macRange(surroundings);
    return judgeRange(use, formatSubnet(subnet));
  },
};

async function macRange({ run, interfaces, library, now }: CheckContext) {
  const [settings, text, macs] = await Promise.all([
    readVmnetSettings(run),
    // Nobody has had an address yet where there is no table.
    readLeases(),
    library.macAddresses(),
  ]);
  const { host, prefixBits } = vmnetBridges(interfaces())[0] ?? settings.subnet ?? defaultNatSubnet;
  const subnet = subnetOf(host, prefixBits);
  const use = rangeUse(parseLeases(text), subnet, macs, settings.leaseSeconds ?? defaultLeaseSeconds, now());
  return { use, subnet };
}

export function judgeRange(use: RangeUse, subnet: string): Finding {
  const taken = use.inUse + use.held;
  const lookedAt = `Read the DHCP leases of ${subnet}: ${use.inUse} in use, ${use.held} held for machines that are gone, ${use.expired} expired.`;
  const left = use.total - taken;
  if (left > use.total * scarce && use.hoursLeft === undefined)
    return passed(`${taken} of ${use.total} addresses taken`, lookedAt);
  const when =
    use.hoursLeft === undefined
      ? ''
      : ` At the pace of the last hour, ${count(use.newInLastHour, 'new machine')}, none will be left in about ${count(Math.max(1, Math.round(use.hoursLeft)), 'hour')}.`;
  return {
    state: left === 0 ? 'failed' : 'attention',
    summary: `${taken} of ${use.total} addresses are taken${left === 0 ? ': new machines get none.' : '.'}${when}`,
    lookedAt,
    cures: [{ id: 'leases', title: 'Show Leases', kind: 'place', place: 'network' }],
  };
}
