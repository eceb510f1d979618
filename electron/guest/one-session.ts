import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  type OutgoingHttpHeaders,
  connect,
} from 'node:http2';
import { connectUnix } from '../network/unix-sockets.ts';

/**
 * An HTTP/2 connection to a Unix socket for the calls of one client, as Connect's `sessionManager`. Its errors are heard for as long as it lives: what
 * is behind the socket may be no agent at all, and an error between the library's own listeners would end the app.
 */
export class OneSession implements Disposable {
  readonly authority = 'http://localhost';
  readonly #session: ClientHttp2Session;
  readonly #ready: Promise<unknown>;

  constructor(socketPath: string) {
    this.#session = connect(this.authority, { createConnection: () => connectUnix(socketPath) });
    // The calls that it breaks say why; nobody is to hear of it twice.
    this.#session.on('error', () => undefined);
    this.#ready = once(this.#session, 'connect');
    this.#ready.catch(() => undefined);
  }

  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: ClientSessionRequestOptions,
  ): Promise<ClientHttp2Stream> {
    await this.#ready;
    return this.#session.request({ ...headers, ':method': method, ':path': path }, options);
  }

  notifyResponseByteRead(): void {
    // Only who keeps a connection alive between calls wants to know.
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
