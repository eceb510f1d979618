import { networkInterfaces } from 'node:os';
import type { ParsedInput, ProcedureOutput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { Network } from '../../contract/network.ts';
import { findPasst } from '../../hypervisor/qemu/find-passt.ts';
import type { Library } from '../../library/library.ts';
import { vmIdOf } from '../../library/vm-id.ts';
import { guestNetworkOf, defaultSubnet } from '../../network/guest-subnet.ts';
import { MacNetwork } from '../../network/mac/mac-network.ts';
import { guestsOf } from '../../network/mac/nat-subnet.ts';
import { execute } from '../machines/execution.ts';
import { local } from '../machines/local-names.ts';
import type { MachineService } from '../machines/machine-service.ts';

/** The network that guests of this host are on. */
export interface NetworkService {
  read(): Promise<Network>;
  check(input: ParsedInput<'network.checkSubnet'>): Promise<ProcedureOutput<'network.checkSubnet'>>;
  /** Each @throws AppError `not-supported` where guests share no network */
  setSubnet(input: ParsedInput<'network.setSubnet'>): Promise<void>;
  resetSubnet(): Promise<void>;
  setLeaseSeconds(seconds: number): Promise<void>;
  clearLeases(which: 'expired' | 'all'): Promise<void>;
  /** Tries from inside a guest whether it reaches a port of this host. */
  tryHost(input: ParsedInput<'network.tryHost'>, signal: AbortSignal): Promise<ProcedureOutput<'network.tryHost'>>;
}

/** @param mac absent where the system's own network is not Apple's */
export function makeNetworkService(
  rooms: { library: Library; machines: MachineService },
  mac: MacNetwork | undefined = process.platform === 'darwin' ? new MacNetwork(administratorWay()) : undefined,
): NetworkService {
  const ofMac = (): MacNetwork => {
    if (mac !== undefined) return mac;
    throw new AppError('not-supported', 'Each guest has a network of its own here: there is no shared subnet to set.');
  };
  return {
    read: async () => (mac === undefined ? await userNetwork() : await mac.read(await knownMachines(rooms.library))),
    check: async ({ address, mask }) => {
      const checked = await ofMac().check(address, mask);
      return 'mistake' in checked ? { mistake: checked.mistake } : { guests: guestsOf(checked.subnet) };
    },
    setSubnet: ({ address, mask }) => ofMac().setSubnet(address, mask),
    resetSubnet: () => ofMac().resetSubnet(),
    setLeaseSeconds: (seconds) => ofMac().setLeaseSeconds(seconds),
    clearLeases: (which) => ofMac().clearLeases(which),
    tryHost: async (input, signal) => {
      const { agent } = await rooms.machines.running(local(input.id));
      const address = input.address ?? (await hostAddress(mac, rooms.library));
      const { exitCode, stdout, stderr } = await execute(agent, probe(address, input.port), undefined, signal);
      return { address, port: input.port, reached: exitCode === 0, details: `${stdout}${stderr}`.trim() };
    },
  };
}

/** In a terminal, also over SSH, `sudo` can ask there; an app has the system's dialog. */
function administratorWay(): 'dialog' | 'sudo' {
  return process.stdin.isTTY ? 'sudo' : 'dialog';
}

async function knownMachines(library: Library) {
  const entries = await library.list();
  return entries.flatMap((entry) =>
    entry.kind === 'machine'
      ? [{ id: vmIdOf(entry.name), mac: entry.config.macAddress.toLowerCase(), isRunning: entry.lockPid !== undefined }]
      : [],
  );
}

/** Addresses by which a guest may find this host; its loopback is not among them. */
function hostAddresses(): { address: string; network: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([network, infos = []]) =>
    infos.flatMap(({ address, family, internal }) => (family === 'IPv4' && !internal ? [{ address, network }] : [])),
  );
}

async function userNetwork(): Promise<Network> {
  const passt = await findPasst();
  return {
    kind: 'user',
    subnet: defaultSubnet,
    guestAddress: guestNetworkOf(defaultSubnet).address,
    hostAddresses: hostAddresses(),
    ...('reason' in passt ? { noNetwork: passt } : {}),
    readAt: new Date().toISOString(),
  };
}

/** Where the host is, as a guest sees it: on a Mac the bridge, else an address of its own. */
async function hostAddress(mac: MacNetwork | undefined, library: Library): Promise<string> {
  if (mac !== undefined) return (await mac.read(await knownMachines(library))).inForce.address;
  const [first] = hostAddresses();
  if (first === undefined)
    throw new AppError('no-address', 'This computer has no address that a guest could reach.', {
      hint: 'Connect it to a network.',
    });
  return first.address;
}

/**
 * A connection with what nearly every guest has: a shell of POSIX and one of `nc`, BusyBox, bash or Python. What it takes
 * is an argument of the script, never part of it.
 */
function probe(address: string, port: number): string[] {
  const script = `
    if command -v nc >/dev/null 2>&1; then nc -w 5 "$1" "$2" </dev/null && exit 0; exit 1; fi
    if command -v busybox >/dev/null 2>&1; then busybox nc -w 5 "$1" "$2" </dev/null && exit 0; exit 1; fi
    if command -v bash >/dev/null 2>&1; then bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" && exit 0; exit 1; fi
    python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)' "$1" "$2"`;
  return ['sh', '-c', script, 'tatin', address, String(port)];
}
