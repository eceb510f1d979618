import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections of nobody with a session at once; one more closes the oldest of them. */
const maxStrangers = 1000;

/** A connection's name: with TLS, what a request comes over is not the socket that was accepted. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/**
 * The connections of those who have not shown a session. Whoever opens many loses their own oldest ones, instead of keeping
 * the owner from opening another.
 */
export class Strangers {
  /** In the order in which they came. */
  readonly #sockets = new Map<string, Socket>();

  /** Looks after the connections of a server from now on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const name = nameOf(socket);
      this.#sockets.set(name, socket);
      socket.once('close', () => {
        if (this.#sockets.get(name) === socket) this.#sockets.delete(name);
      });
      const [oldest] = this.#sockets.values();
      if (this.#sockets.size > maxStrangers) oldest?.destroy();
    });
  }

  /** A connection showed a session. */
  welcome(socket: Socket): void {
    this.#sockets.delete(nameOf(socket));
  }
}
