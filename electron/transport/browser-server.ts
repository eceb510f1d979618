import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Backend } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { Access, allowedHosts, isLoopbackAddress, sessionCookie } from './access.ts';
import { sendDownload } from './downloads.ts';
import { sendFile } from './static-files.ts';
import { WebSocketTransport } from './websocket-server.ts';

export interface BrowserServerOptions {
  backend: Backend;
  /** The built pages. */
  pages: string;
  /** Default 127.0.0.1. Other than loopback only with `tls` and `password`. */
  host?: string;
  /** 0 for any that is free. */
  port: number;
  tls?: { certificate: string; key: string };
  password?: string;
  /** Names under which other hosts know this one, for the check of the Host header. */
  names?: readonly string[];
}

/** Below it, the file of an export by the id of its job. */
const exportsPath = '/exports/';

/** Longer than any password. */
const mostFormBytes = 4096;

/**
 * The pages and the contract over HTTP, for a browser. Refuses everything that does not bring a session's cookie, is not
 * addressed to a name of this server, or comes from a page of another origin.
 */
export class BrowserServer implements AsyncDisposable {
  readonly #options: BrowserServerOptions;
  readonly #host: string;
  readonly #access: Access;
  readonly #transport: WebSocketTransport;
  readonly #server: Server;
  #hosts: ReadonlySet<string> = new Set();

  private constructor(options: BrowserServerOptions) {
    this.#options = options;
    this.#host = options.host ?? '127.0.0.1';
    this.#access = new Access(options.password);
    this.#transport = new WebSocketTransport(options.backend);
    const listener: RequestListener = (request, response) => void this.#onRequest(request, response);
    this.#server = options.tls === undefined ? createServer(listener) : tlsServer(options.tls, listener);
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  /** @throws AppError `not-allowed` for an address beyond this computer without TLS and password, `port-taken`, `invalid-input` */
  static async listen(options: BrowserServerOptions): Promise<BrowserServer> {
    const server = new BrowserServer(options);
    if (!isLoopbackAddress(server.#host) && (options.tls === undefined || options.password === undefined))
      throw new AppError('not-allowed', `Other computers may reach ${server.#host}, so it takes TLS and a password.`, {
        hint: 'Give --tls-cert, --tls-key and --password-file, or use an SSH tunnel to 127.0.0.1.',
      });
    await server.#listen();
    return server;
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(inWords(error, this.#host, this.#options.port)),
      );
      this.#server.listen(this.#options.port, this.#host, resolve);
    });
    this.#hosts = allowedHosts(this.#host, this.port, this.#options.names);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
    return address.port;
  }

  get #scheme(): string {
    return this.#options.tls === undefined ? 'http' : 'https';
  }

  /** A new address that opens the library once. */
  newUrl(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `${this.#scheme}://${host}:${this.port}/?token=${this.#access.issueToken()}`;
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      for (const [name, value] of Object.entries(this.#securityHeaders())) response.setHeader(name, value);
      const url = this.#addressed(request);
      if (url === undefined) say(response, 421, 'This is not the address of this server.');
      else if (request.method === 'POST') await this.#onPost(request, response, url);
      else if (request.method !== 'GET' && request.method !== 'HEAD') say(response, 405, 'Only GET is answered here.');
      else await this.#onGet(request, response, url);
    } catch (error) {
      if (!response.headersSent) say(response, 500, AppError.from(error).message);
      else response.destroy();
    }
  }

  async #onGet(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const token = url.searchParams.get('token');
    if (token !== null && url.pathname === '/') this.#onLink(request, response, token);
    else if (!this.#isAllowed(request)) this.#turnAway(response, 'This browser has no session here.');
    else if (url.pathname.startsWith(exportsPath)) await this.#onExport(request, response, url);
    else if (!(await sendFile(this.#options.pages, url.pathname, request, response)))
      say(response, 404, 'There is no such page.');
  }

  async #onExport(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const file = await this.#options.backend.exportedFile?.(url.pathname.slice(exportsPath.length));
    if (file === undefined || !(await sendDownload(file, request, response)))
      say(response, 404, 'This export is no longer there.');
  }

  #onLink(request: IncomingMessage, response: ServerResponse, token: string): void {
    const session = this.#access.redeemToken(token);
    if (session !== undefined) this.#welcome(response, session);
    // A link that was opened before in this browser still leads to the library.
    else if (this.#isAllowed(request)) redirect(response);
    else this.#turnAway(response, 'This link was used already, or is too old.');
  }

  async #onPost(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (url.pathname !== '/login' || !this.#access.wantsPassword || !this.#isOwnOrigin(request)) {
      say(response, 403, 'This is not allowed from here.');
      return;
    }
    const form = new URLSearchParams(await readForm(request));
    const session = this.#access.redeemPassword(form.get('password') ?? '');
    if (session === undefined) this.#turnAway(response, 'This is not the password.');
    else this.#welcome(response, session);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const url = this.#addressed(request);
    if (url === undefined) refuse(socket, '421 Misdirected Request');
    else if (!this.#isOwnOrigin(request)) refuse(socket, '403 Forbidden');
    else if (!this.#isAllowed(request)) refuse(socket, '401 Unauthorized');
    else if (!WebSocketTransport.serves(url.pathname)) refuse(socket, '404 Not Found');
    else this.#transport.upgrade(request, socket, head, url);
  }

  /** The address asked for, if its host is one of this server's names: a foreign name that leads here is DNS rebinding. */
  #addressed(request: IncomingMessage): URL | undefined {
    const host = request.headers.host?.toLowerCase();
    if (host === undefined || !this.#hosts.has(host)) return undefined;
    return URL.parse(request.url ?? '/', `${this.#scheme}://${host}`) ?? undefined;
  }

  /** Browsers say where a page that connects or posts came from; whoever says nothing is no page, and has no cookie. */
  #isOwnOrigin(request: IncomingMessage): boolean {
    const { origin, host } = request.headers;
    return (
      origin !== undefined && host !== undefined && origin.toLowerCase() === `${this.#scheme}://${host.toLowerCase()}`
    );
  }

  #isAllowed(request: IncomingMessage): boolean {
    return this.#access.isAllowed(request, this.port);
  }

  #welcome(response: ServerResponse, session: string): void {
    const secure = this.#options.tls === undefined ? '' : '; Secure';
    response.setHeader(
      'set-cookie',
      `${sessionCookie(this.port)}=${session}; Path=/; HttpOnly; SameSite=Strict${secure}`,
    );
    // Not a redirect: after one from another site's link, a strict cookie would not be sent with the next request.
    response.setHeader('refresh', '0; url=/');
    say(response, 200, 'Opening your library.');
  }

  #turnAway(response: ServerResponse, why: string): void {
    const form =
      '<form method="post" action="/login"><p><label>Password <input type="password" name="password" autofocus required></label> <button>Log In</button></p></form>';
    page(
      response,
      401,
      `${why} Tatin prints a new link in the terminal where it runs: press Return there, or start it again.`,
      this.#access.wantsPassword ? form : '',
    );
  }

  #securityHeaders(): Record<string, string> {
    // Not every browser counts WebSockets of the same host as 'self'. A policy can't name an IPv6 address.
    const named = [...this.#hosts].filter((host) => !host.startsWith('['));
    const sockets = named.map((host) => `${this.#options.tls === undefined ? 'ws' : 'wss'}://${host}`);
    const forms = this.#access.wantsPassword ? "'self'" : "'none'";
    return {
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
        `font-src 'self'; connect-src 'self' ${sockets.join(' ')}; base-uri 'none'; form-action ${forms}; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    };
  }

  /** Ends every connection; guests go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function tlsServer({ certificate, key }: { certificate: string; key: string }, listener: RequestListener): Server {
  try {
    return createTlsServer({ cert: certificate, key }, listener);
  } catch (error) {
    throw new AppError('invalid-input', 'The certificate or its key can’t be used for TLS.', {
      hint: 'Both must be PEM files, and the key the one of the certificate.',
      details: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

function inWords(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new AppError('port-taken', `Port ${port} of ${host} is taken by another program.`, {
      hint: 'Choose another with --port.',
      cause: error,
    });
  if (error.code === 'EADDRNOTAVAIL')
    return new AppError('invalid-input', `${host} is not an address of this computer.`, { cause: error });
  if (error.code === 'EACCES')
    return new AppError('not-allowed', `Port ${port} may only be used by root.`, {
      hint: 'Choose one above 1023.',
      cause: error,
    });
  return error;
}

async function readForm(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > mostFormBytes) throw new AppError('invalid-input', 'The form is too long.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function redirect(response: ServerResponse): void {
  response.writeHead(303, { location: '/' }).end();
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function say(response: ServerResponse, status: number, text: string): void {
  page(response, status, text, '');
}

/** A page without scripts. `text` and `form` are ours, never from a request. */
function page(response: ServerResponse, status: number, text: string, form: string): void {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Tatin</title><link rel="icon" href="data:,"><style>body{font:13px/1.5 system-ui,sans-serif;max-width:40em;margin:20vh auto;padding:0 2em}</style><h1>Tatin</h1><p>${text}</p>${form}</html>`;
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
}
