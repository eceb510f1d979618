import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { duplexPair } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameRelay } from './frame-relay.ts';
import { onStream, transportFrame } from './frames.ts';

/** A connection of this computer with itself, whose ends are sockets as QEMU's and passt's are. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const one = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [other] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [one, other];
}

function frameTo(first: number, bytes = 1000): Buffer {
  const route = {
    ...{ source: Buffer.from([10, 0, 2, 15]), destination: Buffer.from([first, 0, 0, 1]) },
    ...{ sourcePort: 1, destinationPort: 2 },
  };
  return onStream(transportFrame(Buffer.alloc(6), 'udp', route, Buffer.alloc(bytes, first)));
}

/** Frames of a guest, every second of them to the loopback, and what is left of them. */
function manyFrames(count: number): { said: Buffer; heard: Buffer } {
  const [good, bad] = [frameTo(10), frameTo(127)];
  return {
    said: Buffer.concat(Array.from({ length: count }, () => [good, bad]).flat()),
    heard: Buffer.concat(Array.from({ length: count }, () => good)),
  };
}

describe('A relay of frames', () => {
  let open: Socket[] = [];
  afterEach(() => {
    for (const socket of open) socket.destroy();
    open = [];
  });

  async function relayed(): Promise<{ guest: Socket; network: Socket; relay: FrameRelay }> {
    const [[guest, inner], [network, outer]] = [await pair(), await pair()];
    open = [guest, inner, network, outer];
    return { guest, network, relay: new FrameRelay(inner, outer) };
  }

  it('gives on what may pass, and every answer as it is, however slowly they are read', async () => {
    const { guest, network } = await relayed();
    const { said, heard } = manyFrames(5000);
    const answer = Buffer.alloc(6_000_000, 'no frames at all');
    guest.write(said);
    network.write(answer);
    const [atNetwork, atGuest]: [Buffer[], Buffer[]] = [[], []];
    const bytesOf = (pieces: Buffer[]) => pieces.reduce((sum, { length }) => sum + length, 0);
    // A reader that stops after each piece makes the other side wait.
    const slowly = (socket: Socket, pieces: Buffer[]) =>
      socket.on('data', (bytes: Buffer) => {
        pieces.push(bytes);
        socket.pause();
        setImmediate(() => socket.resume());
      });
    slowly(network, atNetwork);
    slowly(guest, atGuest);
    const all = () => expect([bytesOf(atNetwork), bytesOf(atGuest)]).toEqual([heard.length, answer.length]);
    await vi.waitFor(all, { timeout: 60_000, interval: 20 });
    expect(Buffer.concat(atNetwork).equals(heard)).toBe(true);
    expect(Buffer.concat(atGuest).equals(answer)).toBe(true);
  });

  it('keeps no more than what it has read, when the other side takes nothing', async () => {
    const [card, inner] = duplexPair();
    const [network, outer] = duplexPair();
    const relay = new FrameRelay(inner, outer);
    const frame = frameTo(10, 60_000);
    let taken = 0;
    for (; card.writableLength < 1_000_000; taken++) card.write(frame);
    // As many turns as would be needed to carry all of it.
    for (let turn = 0; turn < 2 * taken; turn++) await new Promise(setImmediate);
    expect(outer.writableLength).toBeLessThan(3 * frame.length);
    expect(card.writableLength).toBeGreaterThan(500_000);
    let heard = 0;
    network.on('data', (bytes: Buffer) => (heard += bytes.length));
    await vi.waitFor(() => expect(heard).toBe(taken * frame.length), { timeout: 60_000, interval: 20 });
    relay[Symbol.dispose]();
  });

  it.each(['guest', 'network'] as const)('ends on both sides when the %s does', async (who) => {
    const { guest, network, relay } = await relayed();
    const [one, other] = who === 'guest' ? [guest, network] : [network, guest];
    other.resume();
    one.destroy();
    await once(other, 'close');
    await relay.ended;
  });

  it('ends when one side is gone before it began', async () => {
    const [[guest, inner], [network, outer]] = [await pair(), await pair()];
    open = [guest, inner, network, outer];
    inner.destroy();
    await once(inner, 'close');
    await new FrameRelay(inner, outer).ended;
    expect(outer.destroyed).toBe(true);
  });

  it('ends when a side says what is no stream of frames', async () => {
    const { guest, network, relay } = await relayed();
    const heard: Buffer[] = [];
    network.on('data', (bytes: Buffer) => heard.push(bytes));
    guest.on('error', () => undefined);
    guest.write(Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff]), frameTo(127)]));
    await relay.ended;
    expect(heard).toEqual([]);
  });
});
