import { type Ipv4, isReachable, parseIpv4 } from '../ipv4.ts';
import { normalizedMac } from '../mac-address.ts';
import { readBounded } from '../../files/bounded-file.ts';

/** Where macOS keeps the leases of its DHCP server; anyone may read it. */
export const leasesFile = '/var/db/dhcpd_leases';

/**
 * The text of macOS's table of leases; none where there is no table. Bounded: guests write their names into it.
 */
export async function readLeases(file = leasesFile): Promise<string> {
  return await readBounded(file, maxLeasesBytes).then(String, () => '');
}

/** Some hundred thousand leases; in bytes. */
const maxLeasesBytes = 64 * 1024 ** 2;

/** More than a host name may have (RFC 1123), in characters; a guest may send any. */
const maxNameLength = 255;

/** How a guest named itself to the server. */
type LeaseOwner =
  | { readonly kind: 'ethernet'; readonly mac: string }
  /** A DUID (RFC 8415) or another identifier without a MAC address: the lease can't be told to be a VM's. */
  | { readonly kind: 'identifier'; readonly text: string };

/** One block of the file. What it lacks is absent; what makes no sense is said in `problem`. */
export interface Lease {
  readonly name?: string;
  readonly address?: Ipv4;
  readonly owner?: LeaseOwner;
  readonly expiresAt?: Date;
  /** Why this block can't be trusted, in words for a person. */
  readonly problem?: string;
}

/** Enough for every address of the largest subnet that can be set, several times over. */
const maxLeases = 500_000;

/**
 * Reads the leases tolerantly: Tart gives up on the first block that it does not understand, and then no VM has an
 * address. Here such a block is a lease with its problem, and the next `{` begins anew.
 */
export function parseLeases(text: string): Lease[] {
  const leases: Lease[] = [];
  let fields: Map<string, string> | undefined;
  let problem: string | undefined;
  const end = (cut?: string): void => {
    if (fields !== undefined) leases.push(leaseOf(fields, cut ?? problem));
    [fields, problem] = [undefined, undefined];
  };
  for (const raw of text.split('\n')) {
    if (leases.length >= maxLeases) break;
    const line = raw.trim();
    if (line === '') continue;
    if (line === '{') {
      end('its block has no end');
      fields = new Map();
    } else if (line === '}') {
      if (fields === undefined) leases.push({ problem: 'a block ends that never began' });
      end();
    } else if (fields === undefined) leases.push({ problem: `${JSON.stringify(line.slice(0, 80))} is in no block` });
    else problem = addField(fields, line) ?? problem;
  }
  end('its block has no end');
  return leases;
}

function addField(fields: Map<string, string>, line: string): string | undefined {
  const at = line.indexOf('=');
  if (at <= 0) return `${JSON.stringify(line.slice(0, 80))} is not a setting`;
  fields.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  return undefined;
}

function leaseOf(fields: ReadonlyMap<string, string>, problem: string | undefined): Lease {
  const name = fields.get('name');
  const address = parseIpv4(fields.get('ip_address') ?? '');
  const owner = ownerOf(fields.get('hw_address'));
  const expiresAt = expiryOf(fields.get('lease'));
  const missing = address === undefined ? 'it has no address' : owner === undefined ? 'nobody is named' : undefined;
  const why = problem ?? missing ?? (expiresAt === undefined ? 'it does not say when it ends' : undefined);
  return {
    ...(name === undefined || name === '' ? {} : { name: name.slice(0, maxNameLength) }),
    ...(address === undefined ? {} : { address }),
    ...(owner === undefined ? {} : { owner }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(why === undefined ? {} : { problem: why }),
  };
}

/** `1,5a:94:ef:1:2:3` is hardware type 1, Ethernet; `ff,…` is a DUID. */
function ownerOf(text: string | undefined): LeaseOwner | undefined {
  if (text === undefined || text === '') return undefined;
  const mac = text.startsWith('1,') ? normalizedMac(text.slice(2)) : undefined;
  return mac === undefined ? { kind: 'identifier', text: text.slice(0, maxNameLength) } : { kind: 'ethernet', mac };
}

/** Seconds since 1970 in hexadecimal, with or without `0x`. */
function expiryOf(text: string | undefined): Date | undefined {
  if (text === undefined || !/^(?:0x)?[0-9a-f]{1,10}$/i.test(text)) return undefined;
  return new Date(Number.parseInt(text, 16) * 1000);
}

/**
 * The table without the blocks of leases that are over, every other line as it was: what is not understood stays, for
 * the server may understand it.
 */
export function withoutExpired(text: string, now: Date): string {
  const kept: string[] = [];
  let block: string[] | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '{') {
      kept.push(...(block ?? []));
      block = [line];
    } else if (block === undefined) kept.push(line);
    else {
      block.push(line);
      if (line.trim() !== '}') continue;
      const [lease] = parseLeases(block.join('\n'));
      if (lease?.expiresAt === undefined || lease.expiresAt > now) kept.push(...block);
      block = undefined;
    }
  }
  return [...kept, ...(block ?? [])].join('\n');
}

/** The lease that tells where a VM is: of its MAC address, not expired, the one that lasts longest. */
export function leaseOfMac(leases: readonly Lease[], mac: string, now: Date): Lease | undefined {
  const wanted = normalizedMac(mac);
  const own = leases.filter(
    ({ owner, address, expiresAt }) =>
      wanted !== undefined &&
      address !== undefined &&
      isReachable(address) &&
      owner?.kind === 'ethernet' &&
      owner.mac === wanted &&
      expiresAt !== undefined &&
      expiresAt > now,
  );
  return own.reduce<Lease | undefined>(
    (best, lease) => (best === undefined || endOf(lease) > endOf(best) ? lease : best),
    undefined,
  );
}

function endOf({ expiresAt }: Lease): number {
  return expiresAt?.getTime() ?? 0;
}
