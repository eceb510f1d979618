/** Paths that the server answers, as patterns of Vite's proxy; Vite answers every other. */
const serverPaths = ['^/\\?token=', '^/rpc$', '^/channel/', '^/sessions?$', '^/logout$', '^/exports/'];

/**
 * Leads what a page asks of the server from Vite's port to the server's. It admits nobody: it only translates Vite's
 * address into the server's, and sessions from before a restart into one of now. Everything else reaches the server as
 * it came, and the server's own checks of host, origin and session refuse it.
 */
export class ServerProxy {
  #pagesHost = '';
  /** @type {URL | undefined} */
  #server;
  /** Vite's own copies of the options, one for each path. @type {import('vite').ProxyOptions[]} */
  #options = [];
  /** Sessions that the server gave to browsers through this proxy, each as `name=secret`. @type {Set<string>} */
  #given = new Set();
  /** The session that stands for all of them since the last restart. @type {string | undefined} */
  #current;

  /** For the `server.proxy` of Vite. */
  get viteOptions() {
    /** @type {import('vite').ProxyOptions} */
    const options = {
      // Where nothing listens, until the server runs.
      target: 'http://127.0.0.1:1',
      ws: true,
      configure: (proxy, own) => {
        this.#options.push(own);
        proxy.on('proxyRes', (response, request) => this.#watch(response, request));
      },
      bypass: (request) => this.#translate(request),
    };
    return Object.fromEntries(serverPaths.map((path) => [path, options]));
  }

  get isOpen() {
    return this.#server !== undefined;
  }

  /**
   * The server runs.
   * @param {string} pagesHost host and port of Vite
   * @param {URL} link
   * @returns {string} the same link, by way of Vite
   */
  open(pagesHost, link) {
    this.#pagesHost = pagesHost;
    this.#lead(link);
    return `http://${pagesHost}/${link.search}`;
  }

  /** The server has restarted, and knows no session. Takes its link for the browsers that had one. @param {URL} link */
  async reopen(link) {
    const response = await fetch(link);
    this.#current = response.headers.getSetCookie().map(sessionIn)[0];
    this.#lead(link);
  }

  /** Only now: a client before there is a session again must not be told that there is none. @param {URL} link */
  #lead(link) {
    this.#server = link;
    for (const options of this.#options) options.target = link.origin;
  }

  /** @param {import('node:http').IncomingMessage} request */
  #translate({ headers }) {
    if (this.#server === undefined || headers.host !== this.#pagesHost) return;
    headers.host = this.#server.host;
    if (headers.origin === `http://${this.#pagesHost}`) headers.origin = this.#server.origin;
    const isKnown = cookiesOf(headers).some((cookie) => this.#given.has(cookie));
    if (isKnown && this.#current !== undefined) headers.cookie = this.#current;
  }

  /**
   * @param {import('node:http').IncomingMessage} response
   * @param {import('node:http').IncomingMessage} request
   */
  #watch(response, request) {
    const set = response.headers['set-cookie'] ?? [];
    for (const session of set.map(sessionIn)) if (session !== undefined) this.#given.add(session);
    if (response.statusCode === 401) for (const cookie of cookiesOf(request.headers)) this.#given.delete(cookie);
    const hasLoggedOut = set.some((header) => sessionIn(header) === undefined);
    if (hasLoggedOut) this.#given.clear();
  }
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
function cookiesOf(headers) {
  return (headers.cookie ?? '').split('; ');
}

/** The pair in a Set-Cookie header; undefined if it takes a session away. @param {string} header */
function sessionIn(header) {
  const pair = header.split(';')[0] ?? '';
  return pair.endsWith('=') ? undefined : pair;
}
