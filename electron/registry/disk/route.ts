import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { endOfHead, parseHead } from './http-head.ts';

/** How to reach a server: plain data, since worker threads are given it. */
export interface Route {
  /** `http://[user:password@]host:port`; none: straight. */
  readonly proxy?: string | undefined;
  /** Certificates that are trusted, in PEM; none: Node's own list. */
  readonly ca?: readonly string[] | undefined;
}

export interface ConnectOptions {
  /** The one buffer that everything is read into, where the system allows that. */
  readonly readInto: Buffer;
  /** Must be done with the bytes when it returns. */
  readonly onBytes: (bytes: Buffer) => void;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * A connection on which a request for `url` can be written. Rejects with the system's or TLS's error.
 */
export async function connectTo(url: string, route: Route, options: ConnectOptions): Promise<Socket> {
  const target = new URL(url);
  const isPlain = target.protocol === 'http:';
  const first = route.proxy === undefined ? target : new URL(route.proxy);
  // A reused buffer is what makes plain reads cheap. TLS decrypts into memory of its own, and reads the socket itself.
  const socket = isPlain ? openReading(first, options) : connect({ host: hostOf(first), port: portOf(first) });
  try {
    await ready(socket, 'connect', options);
    if (isPlain) return socket;
    if (route.proxy !== undefined) await openTunnel(socket, target, new URL(route.proxy), options);
    const secure = connectTls({
      socket,
      servername: isAddress(target.hostname) ? '' : target.hostname,
      host: hostOf(target),
      ALPNProtocols: ['http/1.1'],
      ...(route.ca === undefined ? {} : { ca: [...route.ca] }),
    });
    await ready(secure, 'secureConnect', options);
    secure.on('data', options.onBytes);
    return secure;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function openReading(to: URL, { readInto: buffer, onBytes }: ConnectOptions): Socket {
  return connect({
    host: hostOf(to),
    port: portOf(to),
    onread: {
      buffer,
      callback: (length) => {
        onBytes(buffer.subarray(0, length));
        return true;
      },
    },
  });
}

/** What stands after GET: a proxy of plain HTTP wants the whole address. */
export function requestTarget(url: string, { proxy }: Route): string {
  const { protocol, pathname, search, origin } = new URL(url);
  return `${protocol === 'http:' && proxy !== undefined ? origin : ''}${pathname}${search}`;
}

/** What a proxy of plain HTTP wants to be told with the request. */
export function proxyHeaders(url: string, { proxy }: Route): Record<string, string> {
  if (proxy === undefined || new URL(url).protocol !== 'http:') return {};
  return proxyAuthorization(new URL(proxy));
}

function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { 'proxy-authorization': `Basic ${login}` };
}

/** Asks a proxy to pass bytes on to the target (RFC 9110, CONNECT). */
async function openTunnel(socket: Socket, target: URL, proxy: URL, options: ConnectOptions): Promise<void> {
  const place = `${target.hostname}:${portOf(target)}`;
  const headers = { host: place, ...proxyAuthorization(proxy) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(`CONNECT ${place} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  let head = Buffer.alloc(0);
  while (endOfHead(head) === -1) {
    await ready(socket, 'readable', options);
    // Nothing follows the head before we begin TLS. `read` gives what there is, as bytes, since no encoding is set.
    head = Buffer.concat([head, (socket.read() as Buffer | null) ?? Buffer.alloc(0)]);
    if (head.length > 16_384) break;
  }
  const status = parseHead(head.toString('latin1'))?.status;
  if (status !== 200) throw new Error(`the proxy refused to connect (${status ?? 'no HTTP'})`);
}

/** Waits for an event; rejects on an error, the end, a timeout or the signal, with the socket destroyed. */
async function ready(socket: Socket, event: string, { timeoutMs, signal }: ConnectOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const onEvent = () => resolve(undefined);
  const onClose = () => reject(new Error('the connection was closed'));
  const onTimeout = () => reject(new Error('the server does not answer'));
  const onAbort = () => reject(new DOMException('Cancelled.', 'AbortError'));
  socket.once(event, onEvent).once('error', reject).once('close', onClose).setTimeout(timeoutMs, onTimeout);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await promise;
  } catch (error) {
    // Late errors of a socket that is given up are nobody's.
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.off(event, onEvent).off('error', reject).off('close', onClose).off('timeout', onTimeout);
  }
}

/** A URL has brackets around an IPv6 address; a socket wants none. */
function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/^\[|\]$/g, '');
}

function isAddress(hostname: string): boolean {
  return /^\[|^[\d.]+$/.test(hostname);
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
