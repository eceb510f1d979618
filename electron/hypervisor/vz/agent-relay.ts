import { type Socket, createServer } from 'node:net';
import { rmSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { listenUnix } from '../../network/unix-sockets.ts';

/** The port that Tart's agent listens on in the guest. */
export const agentPort = 8080;

/**
 * Joins each client of a VM's control.sock with the agent in the guest, byte for byte, as Tart does; so Tart's own
 * commands work, and ours. A client whose guest has no agent is hung up on.
 */
export async function relayAgent(socketPath: string, connect: () => Promise<Duplex>): Promise<AsyncDisposable> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    void join(client, connect);
  });
  await listenUnix(server, socketPath);
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = Promise.withResolvers<undefined>();
      server.close(() => closed.resolve(undefined));
      for (const client of clients) client.destroy();
      await closed.promise;
      rmSync(socketPath, { force: true });
    },
  };
}

async function join(client: Socket, connect: () => Promise<Duplex>): Promise<void> {
  client.on('error', () => client.destroy());
  let guest: Duplex;
  try {
    guest = await connect();
  } catch (error) {
    client.destroy();
    return;
  }
  guest.on('error', () => guest.destroy());
  // Each direction ends by itself; when both have, or one breaks, both streams are done with.
  await Promise.allSettled([pipeline(client, guest), pipeline(guest, client)]);
  client.destroy();
  guest.destroy();
}
