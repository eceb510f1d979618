import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { parseArp } from '../../network/arp-table.ts';
import { findPasst } from '../../hypervisor/qemu/find-passt.ts';
import { type LoopbackProbe, probeLoopback } from '../../hypervisor/qemu/loopback-probe.ts';
import { readAnnotations } from '../../library/annotations.ts';
import type { Library } from '../../library/library.ts';
import { hostNetworks, parseHardwarePorts, parseNetstatRoutes, vmnetBridges } from '../../network/mac/host-networks.ts';
import { type HostNetwork, defaultNatSubnet, suggestNatSubnet } from '../../network/mac/nat-subnet.ts';
import { readVmnetSettings } from '../../network/mac/vmnet-settings.ts';
import {
  type Subnet,
  contains,
  formatIpv4,
  formatSubnet,
  overlap,
  parseIpv4,
  parseSubnet,
  prefixOfMask,
  subnetOf,
} from '../../network/ipv4.ts';
import { type Check, type Finding, type CheckContext, passed, skipped } from '../check.ts';
import { listed } from '../words.ts';

/** What a guest behind QEMU's user network or passt is on; see `hypervisor/qemu/command-line.ts`. */
const userNetwork: Subnet = parseSubnet('10.0.2.0/24') ?? subnetOf(0, 32);

/** Whether the network that guests are on is also one that the host must reach elsewhere. */
export const natOverlap: Check = {
  id: 'nat-overlap',
  title: 'NAT overlap',
  async look(surroundings) {
    return surroundings.platform === 'darwin' ? await onMac(surroundings) : await onLinux(surroundings);
  },
};

async function onMac({ run, interfaces }: CheckContext): Promise<Finding> {
  const [routes, ports, settings] = await Promise.all([
    run('/usr/sbin/netstat', ['-rn', '-f', 'inet']),
    run('/usr/sbin/networksetup', ['-listallhardwareports']),
    readVmnetSettings(run),
  ]);
  const seen = vmnetBridges(interfaces())[0];
  const { host, prefixBits } = seen ?? settings.subnet ?? defaultNatSubnet;
  const others = hostNetworks(interfaces(), parseHardwarePorts(ports.stdout), parseNetstatRoutes(routes.stdout));
  return judgeOverlap(subnetOf(host, prefixBits), others, suggestionWords(others));
}

function suggestionWords(others: readonly HostNetwork[]): string {
  const free = suggestNatSubnet(others);
  return free === undefined ? 'Choose another subnet for guests.' : `${formatIpv4(free.host)} would be free.`;
}

async function onLinux({ interfaces }: CheckContext): Promise<Finding> {
  const routes = parseProcRoutes(await readFile('/proc/net/route', 'utf8').catch(() => ''));
  const others = hostNetworks(interfaces(), new Map(), routes);
  return judgeOverlap(userNetwork, others, 'Guests can’t reach what is there under the same addresses.');
}

export function judgeOverlap(guests: Subnet, others: readonly HostNetwork[], advice: string): Finding {
  const met = others.find(({ subnet }) => overlap(subnet, guests));
  const lookedAt = `Compared ${formatSubnet(guests)} with ${others.length} networks and routes of this host.`;
  if (met === undefined) return passed(`${formatSubnet(guests)} meets no other route`, lookedAt);
  return {
    state: 'attention',
    summary: `Guests are on ${formatSubnet(guests)}, and so is ${met.title} (${formatSubnet(met.subnet)}). ${advice}`,
    lookedAt,
    cures: [{ id: 'network', title: 'Change Subnet…', kind: 'place', place: 'network' }],
  };
}

/** Linux writes addresses in hexadecimal, last byte first. */
export function parseProcRoutes(text: string): { subnet: Subnet; network: string }[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [network = '', destination = '', , , , , , mask = ''] = line.split('\t').map((part) => part.trim());
      const [base, bits] = [littleEndian(destination), prefixOfMask(littleEndian(mask) ?? 1)];
      return base === undefined || bits === undefined ? [] : [{ subnet: subnetOf(base, bits), network }];
    });
}

function littleEndian(hexadecimal: string): number | undefined {
  if (!/^[0-9A-F]{8}$/i.test(hexadecimal)) return undefined;
  const bytes = hexadecimal.match(/../g) ?? [];
  return parseIpv4(
    bytes
      .reverse()
      .map((byte) => Number.parseInt(byte, 16))
      .join('.'),
  );
}

/** Long enough for a busy computer; usually it takes a fraction of a second. */
const probeLimitMs = 20_000;

/** Whether guests of QEMU are kept from services that listen on the host's loopback only: tried with packets. */
export const closedNetwork: Check = {
  id: 'closed-network',
  title: 'Closed to loopback',
  async look({ platform, library }, signal) {
    if (platform === 'darwin')
      return skipped('Guests on a Mac reach it at its address on their network, which is not its loopback.');
    const passt = await findPasst();
    if ('reason' in passt) return withoutNetwork(passt.reason);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)]);
    try {
      const guarded = await probeLoopback(passt.program, 'guarded', limit);
      const bare = await probeLoopback(passt.program, 'bare', limit);
      return judgeClosed(passt.program, guarded, bare, await openedTo(library));
    } catch (error) {
      if (!limit.aborted) throw error;
      signal.throwIfAborted();
      return notTried(passt.program, `It did not answer within ${probeLimitMs / 1000} seconds.`);
    }
  },
};

/** Machines whose user opened the loopback to them. */
async function openedTo(library: Library): Promise<string[]> {
  return (await library.list()).flatMap(({ name, folder }) => {
    const { network } = readAnnotations(folder);
    return network.mode === 'nat' && network.hostLoopback ? [name] : [];
  });
}

function withoutNetwork(reason: string, details?: string): Finding {
  return {
    state: 'attention',
    summary: `Guests have no network, because ${reason}: they reach nothing, and only port forwards lead into them.`,
    lookedAt: 'Looked for passt in PATH, and started it.',
    ...(details === undefined ? {} : { details }),
    cures: [{ id: 'install-passt', title: 'Install passt', kind: 'command', says: 'sudo apt-get install passt' }],
  };
}

function notTried(program: string, why: string): Finding {
  return {
    state: 'attention',
    summary: `Whether guests reach services that listen on 127.0.0.1 could not be tried. ${why}`,
    lookedAt: `Started ${program} and sent it packets.`,
  };
}

/** @param opened machines whose user wanted it otherwise */
export function judgeClosed(
  program: string,
  guarded: LoopbackProbe,
  bare: LoopbackProbe,
  opened: readonly string[],
): Finding {
  if (!guarded.ran) return withoutNetwork('passt does not start here', guarded.said);
  const lookedAt =
    `Sent ${program} packets to ${guarded.addressCount} forms of the loopback by TCP and UDP, as a guest’s root can, ` +
    `through Tatin’s filter: ${guarded.reached.length === 0 ? 'none' : listed(guarded.reached)} arrived. ${compared(bare)}`;
  if (guarded.reached.length > 0)
    return {
      state: 'failed',
      summary: `Guests reach services that listen only on this computer’s 127.0.0.1 or ::1, by ${guarded.reached.join(', ')}.`,
      lookedAt: `${lookedAt} Until that is fixed, set machines that you do not trust to the isolated network.`,
    };
  const but = opened.length === 0 ? '' : `, but for ${opened.join(', ')}, which it was opened to`;
  return passed(`Guests can’t reach services that listen only on 127.0.0.1 or ::1${but}`, lookedAt);
}

/** What the filter is for: passts differ in what they hold back themselves. */
function compared(bare: LoopbackProbe): string {
  if (!bare.ran) return 'Without it, passt did not answer.';
  if (bare.reached.length === 0) return 'passt itself holds them back, too.';
  return `Without it, those to ${bare.reached.join(', ')} would.`;
}

/** Macs of the kind of privacy that macOS 15 brought: the guest is there, and macOS refuses the way to it. */
export const localNetwork: Check = {
  id: 'local-network',
  title: 'Local Network permission',
  async look({ platform, interfaces, run }, signal) {
    if (platform !== 'darwin') return skipped('Only macOS asks for it.');
    const bridge = vmnetBridges(interfaces())[0];
    if (bridge === undefined) return skipped('No guest is on the shared network now, so nothing can be tried.');
    const { stdout } = await run('/usr/sbin/arp', ['-an', '-i', bridge.name], { signal });
    const guest = parseArp(stdout).find(
      ({ address }) => address !== bridge.host && contains(subnetOf(bridge.host, bridge.prefixBits), address),
    );
    if (guest === undefined) return skipped(`No guest answers on ${bridge.name} now, so nothing can be tried.`);
    const address = formatIpv4(guest.address);
    return judgeReach(address, await reach(address, signal));
  },
};

/** How a connection to a port that may well be closed ended. */
type Reach = 'answered' | 'refused' | 'no-route' | 'silent';

async function reach(address: string, signal: AbortSignal): Promise<Reach> {
  const { promise, resolve } = Promise.withResolvers<Reach>();
  const socket = connect({ host: address, port: 22, signal });
  socket.setTimeout(3000, () => resolve('silent'));
  socket.on('connect', () => resolve('answered'));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EHOSTUNREACH') resolve('no-route');
    else resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'silent');
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

export function judgeReach(address: string, reached: Reach): Finding {
  const lookedAt = `Tried port 22 of ${address}, which answers on the bridge.`;
  if (reached === 'answered' || reached === 'refused') return passed('Guests can be reached', lookedAt);
  if (reached === 'silent') return skipped(`${address} did not answer, which may be its own firewall.`);
  return {
    state: 'failed',
    summary: `Tatin can’t reach its guests: “No route to host” for ${address}, though it is on the bridge. macOS refused, not the guest.`,
    lookedAt,
    cures: [
      {
        id: 'privacy',
        title: 'Open System Settings',
        kind: 'command',
        says: 'open "x-apple.systempreferences:com.apple.preference.security?Privacy_LocalNetwork"',
      },
    ],
  };
}
