import { type Socket as Datagrams, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Server, connect, createServer } from 'node:net';
import type { Transport } from './frames.ts';

/** A listener on this computer's loopback alone. */
interface Ear {
  readonly transport: Transport;
  readonly port: number;
  /** How often somebody else has come since it was asked last: what came before is surely counted. */
  count(): Promise<number>;
  close(): Promise<void>;
}

/** Services of this computer that listen on its loopback only, to find out who reaches them. */
export class LoopbackEars implements AsyncDisposable {
  readonly #ears: readonly Ear[];
  /** Whether `::1` is among what they listen on. */
  readonly hasIpv6: boolean;

  private constructor(ears: readonly Ear[], hasIpv6: boolean) {
    this.#ears = ears;
    this.hasIpv6 = hasIpv6;
  }

  static async open(): Promise<LoopbackEars> {
    const ears = [await tcpEar('127.0.0.1'), await udpEar('127.0.0.1')];
    try {
      ears.push(await tcpEar('::1'), await udpEar('::1'));
      return new LoopbackEars(ears, true);
    } catch (error) {
      // A computer without IPv6 has no such address.
      return new LoopbackEars(ears, false);
    }
  }

  get ports(): readonly { transport: Transport; port: number }[] {
    return this.#ears.map(({ transport, port }) => ({ transport, port }));
  }

  /** How often they were reached since they were asked last. */
  async count(): Promise<number> {
    const counts = await Promise.all(this.#ears.map((ear) => ear.count()));
    return counts.reduce((sum, each) => sum + each, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#ears.map((ear) => ear.close()));
  }
}

/** The system gives connections on in the order in which they came, so that one of our own comes after all others. */
async function tcpEar(host: string): Promise<Ear> {
  let others = 0;
  let own: { port: number; arrived: () => void } | undefined;
  const early = new Set<number>();
  const server: Server = createServer((socket) => {
    const port = socket.remotePort ?? 0;
    early.add(port);
    if (port === own?.port) own.arrived();
    else others++;
    socket.on('error', () => undefined).destroy();
  });
  server.listen({ host, port: 0, exclusive: true });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    transport: 'tcp',
    port,
    count: async () => {
      const socket = connect(port, host).on('error', () => undefined);
      await once(socket, 'connect');
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const localPort = socket.localPort ?? 0;
      // Its arrival may have been told before its connection was.
      if (early.has(localPort)) others--;
      else {
        own = { port: localPort, arrived: () => resolve(undefined) };
        await promise;
      }
      own = undefined;
      early.clear();
      socket.destroy();
      const count = others;
      others = 0;
      return count;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

async function udpEar(address: string): Promise<Ear> {
  let others = 0;
  let arrived: (() => void) | undefined;
  const socket: Datagrams = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind({ address, port: 0, exclusive: true });
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.on('message', (_bytes, sender) => {
    if (sender.port === port) arrived?.();
    else others++;
  });
  return {
    transport: 'udp',
    port,
    count: async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      arrived = () => resolve(undefined);
      // To itself.
      socket.send('', port, address);
      await promise;
      const count = others;
      others = 0;
      return count;
    },
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
