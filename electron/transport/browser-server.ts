import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { logOutSchema, sessionPaths } from '../contract/browser-sessions.ts';
import type { Backend } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { Access, sessionCookie } from './access.ts';
import { sendDownload } from './downloads.ts';
import { linkWords, passwordWords, sendLogOutQuestion, sendPage, sendWayIn } from './entry-pages.ts';
import { listenOn, makeServer, type TlsPair } from './http-server.ts';
import { readForm, redirectHome, refuse, securityHeaders } from './requests.ts';
import { type OpenSession, sessionIdleMs } from './sessions.ts';
import { sendFile } from './static-files.ts';
import { Strangers } from './strangers.ts';
import { allowedHosts, isAskedByOthers, isLoopbackAddress, isVisit, visitorOf } from './visitors.ts';
import { WebSocketTransport } from './websocket-server.ts';

export interface BrowserServerOptions {
  backend: Backend;
  /** The built pages. */
  pages: string;
  /** Default 127.0.0.1. Other than loopback only with `tls` and `password`. */
  host?: string;
  /** 0 for any that is free. */
  port: number;
  tls?: TlsPair;
  password?: string;
  /** Names under which other hosts know this one, for the check of the Host header. */
  names?: readonly string[];
  /** The clock by which sessions and links end, in milliseconds. */
  nowMs?: () => number;
  /** Told of what went wrong where the page is only told that it did. */
  onError?: (error: unknown) => void;
}

/** Below it, the file of an export by the id of its job. */
const exportsPath = '/exports/';

/** How often it is looked whether a session is over, in milliseconds. */
const lookEveryMs = 10_000;

/** WebSockets that one session may have open: a library, and a screen and a serial port for each of some dozen consoles. */
const maxWebSockets = 100;

/**
 * The pages and the contract over HTTP, for a browser. Refuses everything that does not bring a session's cookie, is not
 * addressed to a name of this server, or was made by a page of another origin.
 */
export class BrowserServer implements AsyncDisposable {
  readonly #options: BrowserServerOptions;
  readonly #host: string;
  readonly #access: Access;
  readonly #transport: WebSocketTransport;
  readonly #server: Server;
  readonly #strangers = new Strangers();
  readonly #sweeps: NodeJS.Timeout;
  #hosts: ReadonlySet<string> = new Set();

  private constructor(options: BrowserServerOptions) {
    this.#options = options;
    this.#host = options.host ?? '127.0.0.1';
    this.#access = new Access(options.password, options.nowMs);
    this.#transport = new WebSocketTransport(options.backend);
    const listener: RequestListener = (request, response) => void this.#onRequest(request, response);
    this.#server = makeServer(options.tls, listener);
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#strangers.watch(this.#server);
    this.#sweeps = setInterval(() => this.#access.sessions.sweep(), lookEveryMs).unref();
  }

  /** @throws AppError `not-allowed` for an address beyond this computer without TLS and password, `port-taken`, `invalid-input` */
  static async listen(options: BrowserServerOptions): Promise<BrowserServer> {
    const server = new BrowserServer(options);
    if (!isLoopbackAddress(server.#host) && (options.tls === undefined || options.password === undefined))
      throw new AppError('not-allowed', `Other computers may reach ${server.#host}, so it takes TLS and a password.`, {
        hint: 'Give --tls-cert, --tls-key and --password-file, or use an SSH tunnel to 127.0.0.1.',
      });
    await listenOn(server.#server, server.#host, options.port);
    server.#hosts = allowedHosts(server.#host, server.port, options.names);
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
    return address.port;
  }

  get #isSecure(): boolean {
    return this.#options.tls !== undefined;
  }

  get #scheme(): string {
    return this.#isSecure ? 'https' : 'http';
  }

  /** A new address that opens the library once. */
  newUrl(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `${this.#scheme}://${host}:${this.port}/?token=${this.#access.issueToken()}`;
  }

  /** Logs every browser out; links that were printed until now open nothing any more. */
  forgetSessions(): void {
    this.#access.forgetAll();
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const hasForms = this.#access.wantsPassword || request.url === sessionPaths.logOut;
      const headers = securityHeaders(this.#hosts, { isSecure: this.#isSecure, hasForms });
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      const url = this.#addressed(request);
      if (url === undefined) sendPage(response, 421, 'This is not the address of this server.');
      else if (isAskedByOthers(request)) sendPage(response, 403, 'This is not allowed from there.');
      else if (request.method === 'POST') await this.#onPost(request, response, url);
      else if (request.method !== 'GET' && request.method !== 'HEAD')
        sendPage(response, 405, 'Only GET is answered here.');
      else await this.#onGet(request, response, url);
    } catch (error) {
      if (!response.headersSent) sendPage(response, 500, 'Tatin could not answer this. Its log says why.');
      else response.destroy();
      this.#options.onError?.(error);
    }
  }

  async #onGet(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const token = url.searchParams.get('token');
    if (token !== null && url.pathname === '/') {
      this.#onLink(request, response, token);
      return;
    }
    if (url.pathname !== sessionPaths.own) this.#sessionOf(request)?.use();
    const session = this.#sessionOf(request, response);
    if (session === undefined) this.#turnAway(response, 'This browser has no session here, or it has ended.');
    else if (url.pathname === sessionPaths.own) response.writeHead(204, noStore).end();
    else await this.#onPage(request, response, url, session);
  }

  async #onPage(request: IncomingMessage, response: ServerResponse, url: URL, session: OpenSession): Promise<void> {
    if (url.pathname === sessionPaths.all) sendJson(response, this.#access.sessions.list(session));
    else if (url.pathname === sessionPaths.logOut) sendLogOutQuestion(response);
    else if (url.pathname.startsWith(exportsPath)) await this.#onExport(request, response, url, session);
    else if (!(await sendFile(this.#options.pages, url.pathname, request, response)))
      sendPage(response, 404, 'There is no such page.');
  }

  async #onExport(request: IncomingMessage, response: ServerResponse, url: URL, session: OpenSession): Promise<void> {
    const release = session.hold();
    const off = session.onEnd(() => response.destroy());
    try {
      const file = await this.#options.backend.exportedFile?.(url.pathname.slice(exportsPath.length));
      if (file === undefined || !(await sendDownload(file, request, response)))
        sendPage(response, 404, 'This export is no longer there.');
    } finally {
      off();
      release();
    }
  }

  #onLink(request: IncomingMessage, response: ServerResponse, token: string): void {
    // Mail programs and browsers look at links ahead of their owner, and pages try to; that must not use them up.
    if (request.method !== 'GET' || !isVisit(request)) {
      sendPage(response, 403, 'This link opens Tatin when it is opened as a page.');
      return;
    }
    const entry = this.#access.redeemToken(token, visitorOf(request));
    if ('secret' in entry) this.#welcome(request, response, entry.secret);
    // A link that was opened before in this browser still leads to the library.
    else if (this.#sessionOf(request, response) !== undefined) redirectHome(response);
    else this.#turnAway(response, linkWords[entry.refused]);
  }

  async #onPost(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const isKnown = ownPosts.includes(url.pathname) || (url.pathname === '/login' && this.#access.wantsPassword);
    if (!isKnown || !this.#isOwnOrigin(request)) {
      sendPage(response, 403, 'This is not allowed from here.');
      return;
    }
    const form = await readForm(request).catch(() => undefined);
    if (form === undefined) {
      response.setHeader('connection', 'close');
      sendPage(response, 413, 'This is longer than any form of this server.');
    } else if (url.pathname === '/login') this.#onPassword(request, response, form.get('password') ?? '');
    else if (url.pathname === sessionPaths.logOut) this.#onLogOut(request, response, form.get('sessions') ?? 'this');
    else this.#onUse(request, response);
  }

  #onPassword(request: IncomingMessage, response: ServerResponse, password: string): void {
    const entry = this.#access.redeemPassword(password, visitorOf(request));
    if ('secret' in entry) {
      this.#welcome(request, response, entry.secret);
      return;
    }
    const { refused } = entry;
    if (refused.why === 'wait') response.setHeader('retry-after', Math.ceil(refused.waitMs / 1000));
    this.#turnAway(response, passwordWords(refused), refused.why === 'wait' ? 429 : 401);
  }

  /** Somebody looks at a page of this session. */
  #onUse(request: IncomingMessage, response: ServerResponse): void {
    this.#sessionOf(request)?.use();
    // Asked again, so that the cookie lasts as long as the session does now.
    if (this.#sessionOf(request, response) === undefined) this.#turnAway(response, 'This session has ended.');
    else response.writeHead(204, noStore).end();
  }

  #onLogOut(request: IncomingMessage, response: ServerResponse, wanted: string): void {
    const which = logOutSchema.safeParse(wanted);
    const own = this.#sessionOf(request);
    if (!which.success) sendPage(response, 400, 'There is no such choice of sessions.');
    else if (own === undefined && which.data !== 'this') this.#turnAway(response, 'This browser has no session here.');
    else {
      const isFound = this.#access.sessions.end(which.data, own);
      if (own?.overBy() === undefined && own !== undefined)
        sendPage(response, isFound ? 200 : 404, isFound ? 'That browser is logged out.' : 'There is no such session.');
      else this.#sayGoodbye(response, which.data === 'all' ? 'All browsers are logged out.' : 'You are logged out.');
    }
  }

  #sayGoodbye(response: ServerResponse, words: string): void {
    response.setHeader('set-cookie', this.#cookie('', 0));
    // Not "cookies": those of every other server of this host would go too. Nor "cache", which can keep a browser busy for
    // long, and holds nothing but the app itself.
    response.setHeader('clear-site-data', '"storage"');
    sendWayIn(response, `${words} Your machines keep running.`, {
      wantsPassword: this.#access.wantsPassword,
      status: 200,
    });
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const url = this.#addressed(request);
    const session = this.#sessionOf(request);
    if (url === undefined) refuse(socket, '421 Misdirected Request');
    else if (!this.#isOwnOrigin(request) || isAskedByOthers(request)) refuse(socket, '403 Forbidden');
    else if (session === undefined) refuse(socket, '401 Unauthorized');
    else if (!WebSocketTransport.serves(url.pathname)) refuse(socket, '404 Not Found');
    else if (session.listenerCount >= maxWebSockets) refuse(socket, '429 Too Many Requests');
    else this.#transport.upgrade(request, socket, head, { url, session });
  }

  /** The address asked for, if its host is one of this server's names: a foreign name that leads here is DNS rebinding. */
  #addressed(request: IncomingMessage): URL | undefined {
    const host = request.headers.host?.toLowerCase();
    if (host === undefined || !this.#hosts.has(host)) return undefined;
    return URL.parse(request.url ?? '/', `${this.#scheme}://${host}`) ?? undefined;
  }

  /** Browsers say where a page that connects or posts came from; others are not pages, and have no cookie. */
  #isOwnOrigin(request: IncomingMessage): boolean {
    const { origin, host } = request.headers;
    return (
      origin !== undefined && host !== undefined && origin.toLowerCase() === `${this.#scheme}://${host.toLowerCase()}`
    );
  }

  /** The session of a request. With `response`, its cookie is made to last as long as the session does. */
  #sessionOf(request: IncomingMessage, response?: ServerResponse): OpenSession | undefined {
    const found = this.#access.sessionOf(request, this.port, this.#isSecure);
    if (found === undefined) return undefined;
    this.#strangers.welcome(request.socket);
    response?.setHeader('set-cookie', this.#cookie(found.secret, found.session.remainingMs()));
    return found.session;
  }

  #cookie(secret: string, lastsMs: number): string {
    const name = sessionCookie(this.port, this.#isSecure);
    const secure = this.#isSecure ? '; Secure' : '';
    return `${name}=${secret}; Path=/; Max-Age=${Math.ceil(lastsMs / 1000)}; HttpOnly; SameSite=Strict${secure}`;
  }

  #welcome(request: IncomingMessage, response: ServerResponse, secret: string): void {
    this.#strangers.welcome(request.socket);
    response.setHeader('set-cookie', this.#cookie(secret, sessionIdleMs));
    // Not a redirect: after one from another site's link, a strict cookie would not be sent with the next request.
    response.setHeader('refresh', '0; url=/');
    sendPage(response, 200, 'Opening your library.');
  }

  #turnAway(response: ServerResponse, why: string, status = 401): void {
    sendWayIn(response, why, { wantsPassword: this.#access.wantsPassword, status });
  }

  /** Ends every connection; guests go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeps);
    this.#transport.close();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

const noStore = { 'cache-control': 'no-store' };
const ownPosts: readonly string[] = [sessionPaths.own, sessionPaths.logOut];

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json', ...noStore }).end(JSON.stringify(value));
}
