import { open, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { FrameGuest, ipv4Bytes } from '../../network/frame-guest.ts';
import { FrameRelay } from '../../network/frame-relay.ts';
import { transportFrame } from '../../network/frames.ts';
import { guestNetworkOf, defaultSubnet } from '../../network/guest-subnet.ts';
import { LoopbackEars } from '../../network/loopback-ears.ts';
import { passtArguments } from '../../network/passt.ts';
import { tailOf } from './host/failures.ts';
import { startJoined } from './host/processes.ts';

/** What became of packets that a guest sent to this computer's loopback. */
export type LoopbackProbe =
  | {
      readonly ran: true;
      /** To how many addresses, each by TCP and by UDP. */
      readonly addressCount: number;
      /** Those by which a service was reached that listens on the loopback only. */
      readonly reached: readonly string[];
    }
  /** passt ended or did not answer; `said` is what it printed. */
  | { readonly ran: false; readonly said: string };

const network = guestNetworkOf(defaultSubnet);

/** Forms of the loopback that Linux knows, and addresses that passt may map to it. */
const addresses: readonly { readonly text: string; readonly bytes: Buffer }[] = [
  ...['127.0.0.1', '0.0.0.0', network.gateway, network.nameServer].map((text) => ({ text, bytes: ipv4Bytes(text) })),
  ...[
    { text: '::1', hex: '00000000000000000000000000000001' },
    { text: '::', hex: '00000000000000000000000000000000' },
    { text: '::127.0.0.1', hex: '0000000000000000000000007f000001' },
    { text: '::ffff:127.0.0.1', hex: '00000000000000000000ffff7f000001' },
    { text: '::ffff:0.0.0.0', hex: '00000000000000000000ffff00000000' },
  ].map(({ text, hex }) => ({ text, bytes: Buffer.from(hex, 'hex') })),
];

/** A private address, as guests on IPv6 have one. */
const guestIpv6 = Buffer.from('fd00000000000000000000000000000f', 'hex');

/** Ports that no service of a guest's has. */
const firstSourcePort = 50_000;

/**
 * Starts a passt as guests have one, sends it packets to this computer's loopback as a guest's root can, and looks which
 * arrive. It says nothing to any other computer, and leaves nothing.
 * @param way `guarded`: by the filter that guests are behind; `bare`: to passt itself, to compare
 * @throws the signal's reason
 */
export async function probeLoopback(
  program: string,
  way: 'guarded' | 'bare',
  signal: AbortSignal,
): Promise<LoopbackProbe> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'tatin-probe-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const log = path.join(folder, 'passt.log');
  const output = stack.use(await open(log, 'w'));
  const args = passtArguments({ descriptor: 3 }, { guest: network, hostLoopback: false }, noNames, []);
  const passt = await startJoined(program, args, { cwd: folder, output });
  stack.defer(() => passt.kill());
  const guest = new FrameGuest(cardOf(passt.connection, way), network);
  const ears = stack.use(await LoopbackEars.open());
  try {
    await guest.settled(signal);
    const reached = await tryAll(guest, ears, signal);
    return { ran: true, addressCount: addresses.length, reached };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ran: false, said: await tailOf(log) };
  }
}

/** Its look-ups are not tried. */
const noNames = { arguments: [], works: false };

function cardOf(connection: Duplex, way: 'guarded' | 'bare'): Duplex {
  if (way === 'bare') return connection;
  const [card, outside] = duplexPair();
  void new FrameRelay(outside, connection).ended.then(() => card.destroy());
  return card;
}

async function tryAll(guest: FrameGuest, ears: LoopbackEars, signal: AbortSignal): Promise<string[]> {
  const reached: string[] = [];
  let sourcePort = firstSourcePort;
  for (const { text, bytes } of addresses) {
    for (const { transport, port } of ears.ports) {
      const source = bytes.length === 4 ? ipv4Bytes(network.address) : guestIpv6;
      const route = { source, destination: bytes, sourcePort: sourcePort++, destinationPort: port };
      guest.say(transportFrame(guest.mac, transport, route, Buffer.from('tatin')));
    }
    await guest.settled(signal);
    if ((await ears.count()) > 0) reached.push(text);
  }
  return reached;
}
