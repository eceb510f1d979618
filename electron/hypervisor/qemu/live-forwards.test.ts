import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PortForward, portForwardSchema } from '../../contract/machine.ts';
import type { Machine } from '../machine.ts';
import { GuestLab, inGuest } from '../testing/guest-lab.ts';
import { freePort, programsWithoutPasst } from '../testing/host-side.ts';
import { laySavedGuest } from '../testing/saved-guest.ts';

/** A guest in software on a busy machine answers in its own time. */
const patience = { timeout: 60_000, interval: 200 };

const forward = (hostPort: number, guestPort: number, more: Partial<PortForward> = {}): PortForward =>
  portForwardSchema.parse({ hostPort, guestPort, ...more });

/** What the guest's web server says at a port of the host. */
async function webPage(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /index.html HTTP/1.0\r\n\r\n');
  let said = '';
  for await (const bytes of socket as AsyncIterable<Buffer>) said += bytes.toString();
  return said;
}

async function isClosed(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return true;
  } finally {
    socket.destroy();
  }
}

/** How many datagrams came to ports of the guest that nobody listens on. */
async function unwanted(machine: Machine): Promise<number> {
  const counts = await inGuest(machine, "grep '^Udp:' /proc/net/snmp | tail -n 1");
  return Number(counts.split(/\s+/)[2]);
}

describe.each(['passt', 'QEMU’s own network'])('Forwards of a guest that runs, by %s', (by) => {
  let lab: GuestLab;
  let machine: Machine;
  const before = process.env.PATH;

  beforeAll(async () => {
    lab = await GuestLab.open();
    const folder = await laySavedGuest(lab.library.home.vmFolder('web'));
    if (by !== 'passt') process.env.PATH = programsWithoutPasst(lab.library.home.path);
    machine = await lab.start(folder);
    process.env.PATH = before;
    await inGuest(machine, 'mkdir -p /run/w; echo inside > /run/w/index.html; busybox httpd -p 8099 -h /run/w');
    // The guest must be reached by what comes in, so it must have its address.
    await vi.waitFor(() => inGuest(machine, 'ip -4 addr show | grep -q 10.0.2.15'), patience);
  });
  afterAll(async () => {
    process.env.PATH = before;
    await lab[Symbol.asyncDispose]();
  });

  it('are opened and closed, and the guest keeps its address', async () => {
    expect(await machine.portForwards()).toEqual([]);
    const [one, two] = [await freePort(), await freePort()];
    await machine.setPortForwards([forward(one, 8099)]);
    await vi.waitFor(async () => expect(await webPage(one)).toContain('inside'), patience);
    await machine.setPortForwards([forward(one, 8099), forward(two, 8099)]);
    await vi.waitFor(async () => expect(await webPage(two)).toContain('inside'), patience);
    expect(await webPage(one)).toContain('inside');
    await machine.setPortForwards([forward(two, 8099)]);
    expect(await machine.portForwards()).toEqual([forward(two, 8099)]);
    expect(await isClosed(one)).toBe(true);
    expect(await machine.agent.address(AbortSignal.timeout(60_000))).toMatchObject({ ip: '10.0.2.15' });
  });

  it('lead datagrams too', async () => {
    const port = await freePort();
    await machine.setPortForwards([forward(port, 8098, { protocol: 'udp' })]);
    const before = await unwanted(machine);
    const socket = createSocket('udp4');
    // None listens there, which the guest counts and answers; the demo has no server that speaks UDP.
    socket.on('error', () => undefined);
    await vi.waitFor(async () => {
      socket.send('hello', port, '127.0.0.1');
      expect(await unwanted(machine)).toBeGreaterThan(before);
    }, patience);
    socket.close();
  });

  it('stay as they were when a port is taken, and say by whom', async () => {
    const kept = forward(await freePort(), 8099);
    await machine.setPortForwards([kept]);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const refused = machine.setPortForwards([kept, forward(await freePort(), 8099), forward(port, 80)]);
    await expect(refused).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining(`(process ${process.pid})`) as string,
    });
    server.close();
    expect(await machine.portForwards()).toEqual([kept]);
    await vi.waitFor(async () => expect(await webPage(kept.hostPort)).toContain('inside'), patience);
  });

  it('name the machine that has a port', async () => {
    const [taken] = await machine.portForwards();
    const other = await lab.empty('other');
    await expect(lab.start(other, { portForwards: [taken ?? forward(1, 1)] })).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining('the machine “web”') as string,
    });
  });
});
