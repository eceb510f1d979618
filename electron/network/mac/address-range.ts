import { type Ipv4, type Subnet, contains, lastOf } from '../ipv4.ts';
import type { Lease } from './dhcp-leases.ts';

/** How the addresses that a subnet has for guests are used. */
export interface RangeUse {
  /** Addresses for guests: without the subnet's own, the host's and the broadcast one. */
  readonly total: number;
  /** Held by a VM of the library. */
  readonly inUse: number;
  /** Held for machines that nobody here knows: deleted VMs, those of other programs. */
  readonly held: number;
  /** In the table, but over; the server gives them out when nothing else is left. */
  readonly expired: number;
  readonly free: number;
  /** Of those not expired, how many ended their grant within the last hour: the pace of new machines. */
  readonly newInLastHour: number;
  /** Hours until none is free at that pace; absent if the pace is nothing, or leases end faster than they are taken. */
  readonly hoursLeft?: number;
}

const hourMs = 3_600_000;

/**
 * Counts a subnet's addresses.
 * @param leaseSeconds how long a lease lasts, from which its beginning is told
 */
export function rangeUse(
  leases: readonly Lease[],
  subnet: Subnet,
  knownMacs: ReadonlySet<string>,
  leaseSeconds: number,
  now: Date,
): RangeUse {
  const latest = latestByAddress(leases, subnet);
  const total = Math.max(0, lastOf(subnet) - subnet.base - 2);
  const counts = { inUse: 0, held: 0, expired: 0 };
  let newInLastHour = 0;
  for (const lease of latest.values()) {
    const kind = kindOf(lease, knownMacs, now);
    counts[kind] += 1;
    if (kind !== 'expired' && ageMs(lease, leaseSeconds, now) <= hourMs) newInLastHour += 1;
  }
  const free = Math.max(0, total - counts.inUse - counts.held - counts.expired);
  const left = hoursLeft(free + counts.expired, newInLastHour, leaseSeconds);
  return { total, ...counts, free, newInLastHour, ...(left === undefined ? {} : { hoursLeft: left }) };
}

function latestByAddress(leases: readonly Lease[], subnet: Subnet): Map<Ipv4, Lease> {
  const latest = new Map<Ipv4, Lease>();
  for (const lease of leases) {
    const { address, expiresAt } = lease;
    if (address === undefined || expiresAt === undefined || !contains(subnet, address)) continue;
    const known = latest.get(address)?.expiresAt;
    if (known === undefined || known < expiresAt) latest.set(address, lease);
  }
  return latest;
}

function kindOf({ owner, expiresAt }: Lease, knownMacs: ReadonlySet<string>, now: Date): 'inUse' | 'held' | 'expired' {
  if (expiresAt === undefined || expiresAt <= now) return 'expired';
  return owner?.kind === 'ethernet' && knownMacs.has(owner.mac) ? 'inUse' : 'held';
}

function ageMs({ expiresAt }: Lease, leaseSeconds: number, now: Date): number {
  return now.getTime() - ((expiresAt?.getTime() ?? 0) - leaseSeconds * 1000);
}

function hoursLeft(available: number, newPerHour: number, leaseSeconds: number): number | undefined {
  // With leases this short, as many end in the meantime as are taken.
  const heldAtOnce = newPerHour * (leaseSeconds / 3600);
  if (newPerHour === 0 || heldAtOnce < available) return undefined;
  return available / newPerHour;
}
