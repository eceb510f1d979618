import { AppError } from '../../contract/errors.ts';
import type { RunCommand } from '../../host/command-runner.ts';
import { formatIpv4, parseIpv4, prefixOfMask } from '../ipv4.ts';
import type { Argv } from './administrator.ts';
import { leasesFile } from './dhcp-leases.ts';
import { type NatSubnet, maskText } from './nat-subnet.ts';

/** Where vmnet's shared network reads its subnet when it starts. */
const vmnetPlist = '/Library/Preferences/SystemConfiguration/com.apple.vmnet.plist';
/** Where bootpd, which gives guests their addresses, reads how long a lease lasts. */
const sharingPlist = '/Library/Preferences/SystemConfiguration/com.apple.InternetSharing.default.plist';

/** bootpd's own choice. */
export const defaultLeaseSeconds = 86_400;
/** Below a minute guests would renew without end; above a month nothing is ever free again. */
const leaseLimitsSeconds = { min: 60, max: 2_592_000 };

/** What the two files say; what is absent is left to the system. */
export interface VmnetSettings {
  readonly subnet?: NatSubnet;
  readonly leaseSeconds?: number;
  /** Keys of the subnet that {@link vmnetPlist} has, whatever they hold. */
  readonly storedKeys: readonly string[];
  /** What a file holds that makes no sense, in words for a person. */
  readonly problems: readonly string[];
}

/** Reads the settings; anyone may. A file or a key that is not there means the default. */
export async function readVmnetSettings(run: RunCommand): Promise<VmnetSettings> {
  const [address, mask, lease] = await Promise.all([
    readKey(run, vmnetPlist, 'Shared_Net_Address'),
    readKey(run, vmnetPlist, 'Shared_Net_Mask'),
    readKey(run, sharingPlist, 'bootpd.DHCPLeaseTimeSecs'),
  ]);
  const subnet = storedSubnet(address, mask);
  const leaseSeconds = lease === undefined || !/^\d{1,10}$/.test(lease) ? undefined : Number(lease);
  const problems = [
    ...(address !== undefined && subnet === undefined
      ? [`${vmnetPlist} holds the address ${JSON.stringify(address)} and the mask ${JSON.stringify(mask ?? '')}`]
      : []),
    ...(lease !== undefined && leaseSeconds === undefined
      ? [`${sharingPlist} holds the lease time ${JSON.stringify(lease)}`]
      : []),
  ];
  return {
    ...(subnet === undefined ? {} : { subnet }),
    ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
    storedKeys: [
      ...(address === undefined ? [] : ['Shared_Net_Address']),
      ...(mask === undefined ? [] : ['Shared_Net_Mask']),
    ],
    problems,
  };
}

async function readKey(run: RunCommand, plist: string, keyPath: string): Promise<string | undefined> {
  const { exitCode, stdout } = await run('/usr/bin/plutil', ['-extract', keyPath, 'raw', '-o', '-', plist]);
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** Without a mask of its own, 255.255.255.0 is meant. */
function storedSubnet(address: string | undefined, mask: string | undefined): NatSubnet | undefined {
  const host = parseIpv4(address ?? '');
  const bits = mask === undefined ? 24 : prefixOfMask(parseIpv4(mask) ?? 1);
  return host === undefined || bits === undefined ? undefined : { host, prefixBits: bits };
}

/** What an administrator runs to set the subnet; it is in force once every VM has stopped and one starts again. */
export function subnetCommands(subnet: NatSubnet): Argv[] {
  return [
    ['/usr/bin/defaults', 'write', vmnetPlist, 'Shared_Net_Address', '-string', formatIpv4(subnet.host)],
    ['/usr/bin/defaults', 'write', vmnetPlist, 'Shared_Net_Mask', '-string', maskText(subnet)],
  ];
}

/** Back to vmnet's own choice. Other keys of the file stay, and deleting one that is not there would be a failure. */
export function resetSubnetCommands({ storedKeys }: VmnetSettings): Argv[] {
  return storedKeys.map((key) => ['/usr/bin/defaults', 'delete', vmnetPlist, key]);
}

/**
 * What an administrator runs to set the lease time. `-dict-add` keeps what else bootpd is told; `-dict`, as the FAQ has
 * it, would throw that away.
 * @throws AppError `invalid-input` out of {@link leaseLimitsSeconds}
 */
export function leaseTimeCommands(seconds: number): Argv[] {
  const { min, max } = leaseLimitsSeconds;
  if (!Number.isInteger(seconds) || seconds < min || seconds > max)
    throw new AppError('invalid-input', `A lease lasts from ${min} to ${max} seconds.`);
  return [
    ['/usr/bin/defaults', 'write', sharingPlist, 'bootpd', '-dict-add', 'DHCPLeaseTimeSecs', '-int', String(seconds)],
    ...reloadCommands,
  ];
}

/** bootpd reads its settings and its leases when it starts; launchd starts it again at once. */
const reloadCommands: readonly Argv[] = [['/bin/launchctl', 'kickstart', '-kp', 'system/com.apple.bootpd']];

/** Forgets every lease: the server makes the file again, and running guests ask for their address when they renew. */
export function clearLeasesCommands(): Argv[] {
  return [['/bin/rm', '-f', leasesFile], ...reloadCommands];
}

/**
 * Puts a shorter table in place.
 * @param table a file of ours, in a folder that nobody else can enter
 */
export function replaceLeasesCommands(table: string): Argv[] {
  return [['/usr/bin/install', '-m', '644', '-o', 'root', '-g', 'wheel', table, leasesFile], ...reloadCommands];
}
