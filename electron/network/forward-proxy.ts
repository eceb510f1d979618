import { type Socket as Datagrams, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';
import type { PortForward } from '../contract/machine.ts';
import { portError } from './ports.ts';
import { portOwner } from './port-owner.ts';

/** Tells where the guest is; asked anew for every connection, since a guest may get another address. */
export type FindGuest = (signal: AbortSignal) => Promise<string>;

/** Ports of the host that lead into the guest, closed when it is disposed of. */
export interface OpenForward extends AsyncDisposable {
  readonly forward: PortForward;
}

/** A guest that has no address or does not answer within this is not there, for the one who connects. */
const connectLimitMs = 10_000;
/** A UDP exchange is over when nobody said anything for as long as routers wait too (RFC 4787, 4.3: two minutes). */
const idleMs = 120_000;
/** Senders beyond these take the place of the one that was silent for longest. */
const maxSessions = 1000;

/**
 * Leads a port of the host to one of a guest that the host can reach.
 * @throws AppError `port-taken`
 */
export async function openForward(forward: PortForward, findGuest: FindGuest): Promise<OpenForward> {
  try {
    return forward.protocol === 'tcp' ? await openTcp(forward, findGuest) : await openUdp(forward, findGuest);
  } catch (error) {
    throw portError(forward, error, await portOwner(forward));
  }
}

async function openTcp(forward: PortForward, findGuest: FindGuest): Promise<OpenForward> {
  const closing = new AbortController();
  const open = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    keep(open, client);
    void join(client, forward, findGuest, closing.signal, open);
  });
  server.listen({ host: forward.hostAddress, port: forward.hostPort, exclusive: true });
  await once(server, 'listening');
  return {
    forward,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function keep(open: Set<Socket>, socket: Socket): void {
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  socket.on('error', () => socket.destroy());
}

async function join(
  client: Socket,
  { guestPort }: PortForward,
  findGuest: FindGuest,
  closing: AbortSignal,
  open: Set<Socket>,
): Promise<void> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(connectLimitMs)]);
  try {
    const host = await findGuest(signal);
    if (client.destroyed) return;
    const guest = connect({ host, port: guestPort, allowHalfOpen: true });
    keep(open, guest);
    endTogether(client, guest);
    endTogether(guest, client);
    await once(guest, 'connect', { signal });
    // Each side may end what it says and still listen.
    client.pipe(guest);
    guest.pipe(client);
  } catch (error) {
    client.destroy();
  }
}

/** Who broke off ends the other too; who ended in peace leaves the other to send what is still on its way. */
function endTogether(one: Socket, other: Socket): void {
  one.on('close', (failed) => {
    if (failed || !one.readableEnded) other.destroy();
  });
}

interface Session {
  readonly socket: Datagrams;
  timer: NodeJS.Timeout;
}

async function openUdp(forward: PortForward, findGuest: FindGuest): Promise<OpenForward> {
  const closing = new AbortController();
  const sessions = new Map<string, Session>();
  const server = createSocket('udp4');
  const end = (key: string): void => {
    const session = sessions.get(key);
    if (session === undefined) return;
    clearTimeout(session.timer);
    sessions.delete(key);
    session.socket.close();
  };
  const touch = (key: string, session: Session): void => {
    clearTimeout(session.timer);
    session.timer = setTimeout(() => end(key), idleMs).unref();
    // The order of the map is that of the last word.
    sessions.delete(key);
    sessions.set(key, session);
  };
  const begin = (key: string, port: number, address: string): Session => {
    const [oldest] = sessions.keys();
    if (sessions.size >= maxSessions && oldest !== undefined) end(oldest);
    const socket = createSocket('udp4');
    const session: Session = { socket, timer: setTimeout(() => end(key), idleMs).unref() };
    socket.on('error', () => end(key));
    socket.on('message', (answer) => {
      touch(key, session);
      server.send(answer, port, address, () => undefined);
    });
    return session;
  };
  server.on('message', (message, { port, address }) => {
    const key = `${address}:${port}`;
    const session = sessions.get(key) ?? begin(key, port, address);
    touch(key, session);
    findGuest(AbortSignal.any([closing.signal, AbortSignal.timeout(connectLimitMs)])).then(
      (host) => {
        // A session that ended meanwhile has no socket any more.
        if (sessions.get(key) === session) session.socket.send(message, forward.guestPort, host);
      },
      // As on any network, a datagram to nobody is lost.
      () => undefined,
    );
  });
  server.bind({ address: forward.hostAddress, port: forward.hostPort, exclusive: true });
  await once(server, 'listening');
  server.on('error', () => undefined);
  return {
    forward,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      for (const key of [...sessions.keys()]) end(key);
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
