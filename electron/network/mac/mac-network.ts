import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { LeaseRow, SharedNetwork } from '../../contract/network.ts';
import { type RunCommand, runCommand } from '../../host/command-runner.ts';
import { formatIpv4, subnetOf } from '../ipv4.ts';
import { type AdministratorWay, type Argv, runAsAdministrator } from './administrator.ts';
import { rangeUse } from './address-range.ts';
import { type Lease, parseLeases, readLeases, withoutExpired } from './dhcp-leases.ts';
import { hostNetworks, parseHardwarePorts, parseNetstatRoutes, vmnetBridges } from './host-networks.ts';
import {
  type HostNetwork,
  type NatSubnet,
  checkNatSubnet,
  defaultNatSubnet,
  maskText,
  suggestNatSubnet,
} from './nat-subnet.ts';
import {
  clearLeasesCommands,
  defaultLeaseSeconds,
  leaseTimeCommands,
  readVmnetSettings,
  replaceLeasesCommands,
  resetSubnetCommands,
  subnetCommands,
} from './vmnet-settings.ts';

/** What the network must know of the machines of this home. */
export interface KnownMachine {
  readonly id: string;
  /** Lower case. */
  readonly mac: string;
  readonly isRunning: boolean;
}

/** What is looked at; a test gives it another Mac. */
export interface MacSystem {
  readonly run: RunCommand;
  readonly interfaces: typeof networkInterfaces;
  readonly readLeases: () => Promise<string>;
  readonly now: () => Date;
}

const thisMac: MacSystem = {
  run: runCommand,
  interfaces: networkInterfaces,
  // There is no table until a guest had an address.
  readLeases: () => readLeases(),
  now: () => new Date(),
};

/** From this version on, vmnet is reported not to read its subnet from the settings. */
const ignoringVersion = 26;

/** More rows than a person reads; the rest are counted. */
const maxRows = 1000;

/** The network that the guests of a Mac share: read from the system each time, and changed through its administrator. */
export class MacNetwork {
  readonly #system: MacSystem;
  readonly #way: AdministratorWay;

  constructor(way: AdministratorWay, system: MacSystem = thisMac) {
    this.#way = way;
    this.#system = system;
  }

  /** Everything as it is now. */
  async read(machines: readonly KnownMachine[]): Promise<SharedNetwork> {
    const { run, interfaces, readLeases, now } = this.#system;
    const [settings, others, text, version] = await Promise.all([
      readVmnetSettings(run),
      this.#others(),
      readLeases(),
      run('/usr/bin/sw_vers', ['-productVersion']),
    ]);
    const bridge = vmnetBridges(interfaces())[0];
    const inForce = bridge ?? settings.subnet ?? defaultNatSubnet;
    const leaseSeconds = settings.leaseSeconds ?? defaultLeaseSeconds;
    const leases = parseLeases(text);
    const suggested = suggestNatSubnet(others);
    const macs = new Set(machines.map(({ mac }) => mac));
    return {
      kind: 'vmnet',
      inForce: {
        ...written(inForce),
        from: bridge === undefined ? (settings.subnet === undefined ? 'default' : 'stored') : 'seen',
        ...(bridge === undefined ? {} : { bridge: bridge.name }),
      },
      ...(settings.subnet === undefined ? {} : { stored: written(settings.subnet) }),
      ...(suggested === undefined ? {} : { suggested: written(suggested) }),
      leaseSeconds,
      leaseIsDefault: settings.leaseSeconds === undefined,
      problems: [...settings.problems],
      runningCount: machines.filter(({ isRunning }) => isRunning).length,
      isIgnored: Number.parseInt(version.stdout, 10) >= ignoringVersion,
      use: rangeUse(leases, subnetOf(inForce.host, inForce.prefixBits), macs, leaseSeconds, now()),
      leases: rowsOf(leases, machines, now()).slice(0, maxRows),
      leaseCount: leases.length,
      readAt: now().toISOString(),
    };
  }

  /** What is wrong with the requested settings; nothing is changed. */
  async check(address: string, mask: string): Promise<ReturnType<typeof checkNatSubnet>> {
    return checkNatSubnet(address, mask, await this.#others());
  }

  /** @throws AppError `invalid-input` with the reason, `cancelled`, `not-allowed` */
  async setSubnet(address: string, mask: string): Promise<void> {
    const checked = await this.check(address, mask);
    if ('mistake' in checked) throw new AppError('invalid-input', `${checked.mistake.reason}.`);
    await this.#change(subnetCommands(checked.subnet), 'Tatin changes the network that machines share.');
  }

  /** Back to the system's own choice. @throws AppError `cancelled`, `not-allowed` */
  async resetSubnet(): Promise<void> {
    const commands = resetSubnetCommands(await readVmnetSettings(this.#system.run));
    if (commands.length > 0) await this.#change(commands, 'Tatin resets the network that machines share.');
  }

  /** @throws AppError `invalid-input`, `cancelled`, `not-allowed` */
  async setLeaseSeconds(seconds: number): Promise<void> {
    await this.#change(leaseTimeCommands(seconds), 'Tatin changes how long machines keep their addresses.');
  }

  /** @throws AppError `cancelled`, `not-allowed` */
  async clearLeases(which: 'expired' | 'all'): Promise<void> {
    const reason = 'Tatin clears the table of addresses that machines have had.';
    if (which === 'all') {
      await this.#change(clearLeasesCommands(), reason);
      return;
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'tatin-leases-'));
    try {
      const table = path.join(folder, 'leases');
      await writeFile(table, withoutExpired(await this.#system.readLeases(), this.#system.now()), { mode: 0o600 });
      await this.#change(replaceLeasesCommands(table), reason);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #change(commands: readonly Argv[], reason: string): Promise<void> {
    await runAsAdministrator(commands, reason, this.#way, this.#system.run);
  }

  async #others(): Promise<HostNetwork[]> {
    const { run, interfaces } = this.#system;
    const [routes, ports] = await Promise.all([
      run('/usr/sbin/netstat', ['-rn', '-f', 'inet']),
      run('/usr/sbin/networksetup', ['-listallhardwareports']),
    ]);
    return hostNetworks(interfaces(), parseHardwarePorts(ports.stdout), parseNetstatRoutes(routes.stdout));
  }
}

function written(subnet: NatSubnet): { address: string; mask: string } {
  return { address: formatIpv4(subnet.host), mask: maskText(subnet) };
}

/** Machines of this home first, then by address; what is over comes last. */
function rowsOf(leases: readonly Lease[], machines: readonly KnownMachine[], now: Date): LeaseRow[] {
  const ids = new Map(machines.map(({ mac, id }) => [mac, id]));
  const rows = leases.map((lease) => ({ lease, row: rowOf(lease, ids, now) }));
  const rank = ({ isExpired, vmId }: LeaseRow): number => (isExpired ? 2 : vmId === undefined ? 1 : 0);
  rows.sort((a, b) => rank(a.row) - rank(b.row) || (a.lease.address ?? 0) - (b.lease.address ?? 0));
  return rows.map(({ row }) => row);
}

function rowOf({ name, address, owner, expiresAt, problem }: Lease, ids: Map<string, string>, now: Date): LeaseRow {
  const vmId = owner?.kind === 'ethernet' ? ids.get(owner.mac) : undefined;
  return {
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { address: formatIpv4(address) }),
    ...(owner === undefined
      ? {}
      : { owner: owner.kind === 'ethernet' ? owner.mac : owner.text, ownerKind: owner.kind }),
    ...(vmId === undefined ? {} : { vmId }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    isExpired: expiresAt !== undefined && expiresAt <= now,
    ...(problem === undefined ? {} : { problem }),
  };
}
