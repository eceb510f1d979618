import type { LeaseRow, Network, SharedNetwork } from '../../contract/network.ts';
import { type Column, textTable } from '../text-table.ts';
import { relativeText } from '../../contract/words/times.ts';

/** The network as a few lines for a person. */
export function networkText(network: Network): string {
  if (network.kind === 'vmnet') return sharedText(network);
  const { guestAddress, subnet, hostAddresses, noNetwork } = network;
  const addresses = hostAddresses.map(({ address, network: name }) => `${address} (${name})`).join(', ');
  if (noNetwork !== undefined)
    return `Guests have NO network, because ${noNetwork.reason}; only port forwards lead into them. ${noNetwork.cure}.`;
  return [
    `Each guest is alone on ${subnet}, as ${guestAddress}; port forwards lead into it.`,
    `Guests see this computer at ${addresses === '' ? 'no address' : addresses}. A service must listen there, or on 0.0.0.0.`,
    'Services that listen only on 127.0.0.1 or ::1 are closed to guests, unless --host-loopback opens them to one.',
  ].join('\n');
}

function sharedText(network: SharedNetwork): string {
  const { inForce, stored, leaseSeconds, leaseIsDefault, use, runningCount, isIgnored, problems } = network;
  const origin = { seen: `seen on ${inForce.bridge ?? 'a bridge'}`, stored: 'stored', default: 'the default' };
  const waits = stored !== undefined && (stored.address !== inForce.address || stored.mask !== inForce.mask);
  const hours = use.hoursLeft === undefined ? '' : `, full in about ${Math.max(1, Math.round(use.hoursLeft))} h`;
  return [
    `In force    ${inForce.address} mask ${inForce.mask} (${origin[inForce.from]})`,
    ...(waits ? [`Stored      ${stored.address} mask ${stored.mask}, in force once ${machines(runningCount)}`] : []),
    ...(isIgnored ? ['            This macOS is reported to ignore the stored subnet.'] : []),
    `Lease time  ${leaseSeconds} s${leaseIsDefault ? ' (the default)' : ''}`,
    `Addresses   ${use.inUse + use.held} of ${use.total} taken: ${use.inUse} in use, ${use.held} held for machines that are gone, ${use.expired} expired${hours}`,
    ...problems.map((problem) => `Note        ${problem}`),
  ].join('\n');
}

function machines(count: number): string {
  if (count === 0) return 'a machine starts';
  return count === 1 ? '1 running machine has stopped' : `${count} running machines have stopped`;
}

const columns: readonly Column<LeaseRow>[] = [
  { title: 'Name', value: ({ name }) => name ?? 'none' },
  { title: 'Address', value: ({ address }) => address ?? 'none' },
  { title: 'Owner', value: ({ owner }) => owner ?? 'none' },
  {
    title: 'Machine',
    value: ({ vmId, ownerKind }) => vmId ?? (ownerKind === 'identifier' ? 'unknown (DUID)' : 'none here'),
  },
  {
    title: 'Expires',
    value: ({ expiresAt }) => (expiresAt === undefined ? 'unknown' : relativeText(expiresAt)),
  },
  { title: 'Problem', value: ({ problem }) => problem ?? '' },
];

/** The leases, in use first. */
export function leaseTable(network: Network): string {
  if (network.kind === 'user') return 'Guests get no leases here: each has a network of its own.';
  const rest = network.leaseCount - network.leases.length;
  return [textTable(columns, network.leases), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}
