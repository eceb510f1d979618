import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { PortForward } from '../contract/machine.ts';
import { openForward } from './forward-proxy.ts';

const guestHost = '127.0.0.1';
const findGuest = () => Promise.resolve(guestHost);

function forwardTo(guestPort: number, protocol: 'tcp' | 'udp', hostPort: number): PortForward {
  return { protocol, hostAddress: '127.0.0.1', hostPort, guestPort, label: '' };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A guest that treats each connection so. */
async function guestThat(answers: (socket: Socket) => void): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    answers(socket);
  });
  await once(server.listen(0, guestHost), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** However it came to that. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  socket.on('close', () => resolve(undefined));
  return promise;
}

describe('a TCP forward', () => {
  it('brings all of it both ways, also what is still on its way when the guest has closed', async () => {
    const [question, answer] = [randomBytes(3_000_000), randomBytes(16_000_000)];
    const heard = Promise.withResolvers<Buffer>();
    await using guest = await guestThat((socket) => {
      void buffer(socket).then((bytes) => {
        heard.resolve(bytes);
        socket.end(answer);
      });
    });
    const port = await freePort();
    await using _open = await openForward(forwardTo(guest.port, 'tcp', port), findGuest);
    const client = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    client.end(question);
    await heard.promise;
    const got = await buffer(client);
    expect((await heard.promise).equals(question)).toBe(true);
    expect(got.equals(answer)).toBe(true);
  });

  it('ends for one when the other breaks off', async () => {
    await using guest = await guestThat((socket) => socket.resetAndDestroy());
    const port = await freePort();
    await using _open = await openForward(forwardTo(guest.port, 'tcp', port), findGuest);
    const client = connect({ host: '127.0.0.1', port });
    client.write('hello');
    await closed(client);
  });

  it('ends at once for a client whose guest is not there', async () => {
    const port = await freePort();
    const nobody = () => Promise.reject(new Error('no address'));
    await using _open = await openForward(forwardTo(1, 'tcp', port), nobody);
    const client = connect({ host: '127.0.0.1', port });
    await closed(client);
  });

  it('says that its port is taken, and lets go of it and of its connections when it is closed', async () => {
    await using guest = await guestThat((socket) => socket.write('here'));
    const port = await freePort();
    const forward = forwardTo(guest.port, 'tcp', port);
    {
      await using _open = await openForward(forward, findGuest);
      const client = connect({ host: '127.0.0.1', port });
      await once(client, 'data');
      await expect(openForward(forward, findGuest)).rejects.toMatchObject({ code: 'port-taken' });
      const ended = closed(client);
      await _open[Symbol.asyncDispose]();
      await ended;
    }
    await using _again = await openForward(forward, findGuest);
  });
});

describe('a UDP forward', () => {
  it('answers each sender with what is for it', async () => {
    const guest = createSocket('udp4');
    guest.bind(0, guestHost);
    await once(guest, 'listening');
    guest.on('message', (message, { port, address }) => guest.send(`for ${message.toString()}`, port, address));
    const port = await freePort();
    try {
      await using _open = await openForward(forwardTo(guest.address().port, 'udp', port), findGuest);
      const senders = ['one', 'two'].map((name) => ({ name, socket: createSocket('udp4') }));
      for (const { name, socket } of senders) {
        const answered = once(socket, 'message');
        socket.send(name, port, '127.0.0.1');
        const [message] = (await answered) as [Buffer];
        expect(message.toString()).toBe(`for ${name}`);
        socket.close();
      }
    } finally {
      guest.close();
    }
  });
});
