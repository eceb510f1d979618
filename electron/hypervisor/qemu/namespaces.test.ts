import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PortForward, portForwardSchema } from '../../contract/machine.ts';
import type { NetworkSettings } from '../../contract/network-settings.ts';
import { neighbourOfMac, parseProcArp } from '../../network/arp-table.ts';
import { formatIpv4 } from '../../network/ipv4.ts';
import type { Machine } from '../machine.ts';
import { GuestLab, inGuest, waitForSerial } from '../testing/guest-lab.ts';
import { LoopbackAttack } from '../testing/loopback-attack.ts';
import { NetworkLab, whyNoNamespaces } from '../testing/network-lab.ts';
import { laySavedGuest } from '../testing/saved-guest.ts';

/** A guest in software on a busy machine answers in its own time. */
const patience = { timeout: 100_000, interval: 200 };
const reason = whyNoNamespaces();
if (reason !== undefined) console.warn(`Networks of guests are not proven: ${reason}.`);

const hostPage = 8080;
const ears = 9100;
const forward = (hostAddress: string, hostPort: number): PortForward =>
  portForwardSchema.parse({ hostAddress, hostPort, guestPort: 8099 });
const get = 'GET /index.html HTTP/1.0\r\n\r\n';

describe.skipIf(reason !== undefined)('Networks of guests', { timeout: 400_000 }, () => {
  let guests: GuestLab;
  let net: NetworkLab;
  let heard: readonly string[];

  beforeAll(async () => {
    guests = await GuestLab.open(undefined, path.join(import.meta.dirname, '../testing/enter-namespace.mjs'));
    net = await NetworkLab.open(guests.library.home.path);
    vi.stubEnv('TATIN_TEST_NAMESPACE', net.host);
    await net.serve(net.outside, '198.51.100.254', 9000, 'outside');
    await net.serve(net.lan, '192.168.91.2', 9000, 'lan');
    await net.serve(net.host, '127.0.0.1', 9000, 'loopback');
    await net.serve(net.host, '198.51.100.1', 9001, 'host');
    heard = await net.listen(net.host, ['127.0.0.1', '::1', '198.51.100.1', '2001:db8::1'], ears);
  });
  afterAll(async () => {
    await guests[Symbol.asyncDispose]();
    await net[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  /** A guest with a web server. */
  async function start(name: string, network: NetworkSettings, portForwards: PortForward[] = []): Promise<Machine> {
    // Only a guest that asks this bridge for its address can have one of it.
    const mustBoot = network.mode !== 'nat' && network.mode !== 'isolated';
    const seen =
      network.mode === 'nat' ? { mode: network.mode, subnet: network.subnet } : { mode: 'isolated' as const };
    const folder = mustBoot ? await guests.demo(name) : await laySavedGuest(guests.library.home.vmFolder(name), seen);
    await guests.library.annotate(name, { network, portForwards });
    const machine = await guests.start(folder);
    if (mustBoot) await waitForSerial(machine, 'demo: up');
    await inGuest(machine, 'mkdir -p /run/w; echo inside > /run/w/index.html; busybox httpd -p 8099 -h /run/w');
    return machine;
  }

  /** What the guest hears at a port; empty if nothing in its seconds. It says nothing itself, and listens before it hangs up. */
  const hears = (machine: Machine, address: string, port: number): Promise<string> =>
    inGuest(machine, `sleep 1 | busybox timeout 8 busybox nc -w 3 ${address} ${port} 2>/dev/null || true`);

  /** A guest's root tries to come to the loopback in every way, and to other addresses of the host by the same ones. */
  async function expectClosed(machine: Machine, gateway: string): Promise<void> {
    const attack = new LoopbackAttack(machine, gateway);
    await attack.byRoutes(ears);
    const open = ['198.51.100.1', '2001:db8::1'];
    // What is sent twice may come twice; what is not, once at most.
    const all = open.flatMap((address) => [`tcp ${address}`, `udp ${address}`]).sort();
    await vi.waitFor(async () => {
      await attack.byFrames(ears, open);
      expect([...new Set(heard)].filter((line) => line !== 'ready').sort()).toEqual(all);
    }, patience);
  }

  /** Waits until the guest hears a word at a port: a slow one may need more than one try. */
  const untilHeard = (machine: Machine, address: string, port: number, word: string): Promise<void> =>
    vi.waitFor(async () => expect(await hears(machine, address, port)).toBe(word), patience);

  /** Waits until the guest's page is seen at a port from one of the computers. */
  const untilSeen = (where: string, address: string, port: number): Promise<void> =>
    vi.waitFor(async () => expect(await net.ask(where, address, port, get)).toContain('inside'), patience);

  it('NAT: out, not to what listens on the host alone, and in by what is forwarded', async () => {
    const machine = await start('nat', { mode: 'nat', subnet: '10.7.0.0/24', hostLoopback: false }, [
      forward('127.0.0.1', hostPage),
    ]);
    expect(await machine.agent.address(AbortSignal.timeout(100_000))).toMatchObject({ ip: '10.7.0.15' });
    await untilHeard(machine, '198.51.100.254', 9000, 'outside');
    await untilHeard(machine, '198.51.100.1', 9001, 'host');
    expect(await hears(machine, '10.7.0.2', 9000)).toBe('');
    await expectClosed(machine, '10.7.0.2');
    await untilHeard(machine, '198.51.100.254', 9000, 'outside');
    await untilSeen(net.host, '127.0.0.1', hostPage);
    expect(await net.ask(net.outside, '198.51.100.1', hostPage, get)).toBeUndefined();
    await machine.setPortForwards([forward('0.0.0.0', hostPage)]);
    await untilSeen(net.outside, '198.51.100.1', hostPage);
    await machine.forceStop();
  });

  it('NAT with the loopback opened: what listens on the host alone answers at the gateway', async () => {
    const machine = await start('opened', { mode: 'nat', hostLoopback: true });
    await untilHeard(machine, '10.0.2.2', 9000, 'loopback');
    // Only there: it is no way around what else is closed.
    await expectClosed(machine, '10.0.2.2');
    await machine.forceStop();
  });

  it('isolated: neither out nor in, but for what is forwarded', async () => {
    const machine = await start('alone', { mode: 'isolated' }, [forward('127.0.0.1', hostPage)]);
    const tried = [
      ['198.51.100.254', 9000],
      ['198.51.100.1', 9001],
      ['192.168.91.1', 9001],
      ['10.0.2.2', 9000],
    ] as const;
    const words = await Promise.all(tried.map(([address, port]) => hears(machine, address, port)));
    expect(words).toEqual(tried.map(() => ''));
    expect(await net.ask(net.lan, '10.0.2.15', 8099, get)).toBeUndefined();
    expect(await net.ask(net.host, '10.0.2.15', 8099, get)).toBeUndefined();
    const before = heard.length;
    const attack = new LoopbackAttack(machine, '10.0.2.2');
    await attack.byRoutes(ears);
    await attack.byFrames(ears, ['10.0.2.2', '10.0.2.3', '198.51.100.1', '2001:db8::1']);
    // Which also tells that the frames before have been dealt with.
    await untilSeen(net.host, '127.0.0.1', hostPage);
    expect(heard.slice(before)).toEqual([]);
    expect(await net.ask(net.outside, '198.51.100.1', hostPage, get)).toBeUndefined();
    await machine.forceStop();
  });

  it('bridged: an address of the bridge’s network, seen there by its MAC address, both ways', async () => {
    const macAddress = '02:00:5e:10:00:07';
    const machine = await start('bridged', { mode: 'bridged', interfaces: [{ interface: 'br0', macAddress }] });
    await vi.waitFor(() => expect(net.leaseOf(macAddress)).toBeDefined(), patience);
    const address = net.leaseOf(macAddress) ?? '';
    await vi.waitFor(
      async () => expect(await machine.agent.address(AbortSignal.timeout(100_000))).toMatchObject({ ip: address }),
      patience,
    );
    await untilHeard(machine, '192.168.91.2', 9000, 'lan');
    await untilSeen(net.lan, address, 8099);
    await untilSeen(net.host, address, 8099);
    const neighbour = neighbourOfMac(parseProcArp(net.read(net.host, '/proc/net/arp')), macAddress);
    expect(neighbour && formatIpv4(neighbour.address)).toBe(address);
    // A forward of ours, since a bridge has none: opened and closed while it runs.
    await machine.setPortForwards([forward('127.0.0.1', hostPage)]);
    await untilSeen(net.host, '127.0.0.1', hostPage);
    await machine.setPortForwards([]);
    expect(await net.ask(net.host, '127.0.0.1', hostPage, get)).toBeUndefined();
    // What the way out leads to, the bridge does not.
    expect(await hears(machine, '198.51.100.254', 9000)).toBe('');
    await machine.forceStop();
  });

  it('bridged to what is not there, or not allowed, does not start, and says why', async () => {
    const folder = await guests.empty('nowhere');
    const on = (name: string) => ({ network: { mode: 'bridged' as const, interfaces: [{ interface: name }] } });
    await expect(guests.start(folder, on('out0'))).rejects.toMatchObject({
      code: 'not-supported',
      hint: expect.stringContaining('br0') as string,
    });
  });
});
