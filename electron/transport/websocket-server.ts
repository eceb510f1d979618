import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { sessionOverCode } from '../contract/browser-sessions.ts';
import type { Backend } from '../contract/contract.ts';
import type { ChannelLink } from '../contract/framed-channel.ts';
import { maxMessageBytes } from '../contract/wire.ts';
import { serveChannel, Session } from './session.ts';
import type { OpenSession } from './sessions.ts';

/** RFC 6455, 7.4.1. */
const badKind = 1003;
const badData = 1007;
const goingAway = 1001;
const policy = 1008;

/** A page that answers no ping for two of these, in milliseconds, is gone. */
const pingIntervalMs = 20_000;
/** A page that lets this much pile up, in bytes, reads nothing any more. */
const maxBufferedBytes = 16 * 1024 * 1024;
/** How long a page may take to answer that its session is over, in milliseconds. */
const goodbyeMs = 2_000;

const rpcPath = '/rpc';
const channelPath = '/channel/';

/**
 * The contract over WebSockets: one for calls and events at `/rpc`, and one for each channel at `/channel/<name>` with
 * its input, as JSON, in the query. Who may connect is the HTTP server's business, before {@link upgrade}.
 */
export class WebSocketTransport {
  readonly #backend: Backend;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });
  readonly #alive = new WeakSet<WebSocket>();
  readonly #pings: NodeJS.Timeout;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#pings = setInterval(() => this.#ping(), pingIntervalMs).unref();
  }

  /** Whether a path is one of the transport's. */
  static serves(pathname: string): boolean {
    return pathname === rpcPath || pathname.startsWith(channelPath);
  }

  /** Takes over a connection whose sender has been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, { url, session }: Checked): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#alive.add(webSocket);
      webSocket.on('pong', () => this.#alive.add(webSocket));
      webSocket.on('ping', () => cutOffIfFull(webSocket));
      // Every error is followed by `close`, which is where the end is handled.
      webSocket.on('error', () => undefined);
      endWith(session, webSocket);
      if (url.pathname === rpcPath) this.#serveSession(webSocket, session);
      else this.#serveChannel(webSocket, url, session);
    });
  }

  #serveSession(webSocket: WebSocket, browser: OpenSession): void {
    const session = new Session(this.#backend, {
      send: (message) => {
        if (webSocket.readyState === webSocket.OPEN && !cutOffIfFull(webSocket))
          webSocket.send(JSON.stringify(message));
      },
      refuse: (reason) => webSocket.close(policy, reason),
    });
    webSocket.on('message', (data, isBinary) => {
      const message = isBinary ? undefined : parseJson(data);
      if (isBinary) webSocket.close(badKind, 'not text');
      else if (message === undefined) webSocket.close(badData, 'not JSON');
      else {
        browser.use();
        session.receive(message.value);
      }
    });
    webSocket.on('close', () => session[Symbol.dispose]());
  }

  #serveChannel(webSocket: WebSocket, url: URL, browser: OpenSession): void {
    // What says that bytes were taken is no message of a person's, unlike keys, and bytes of a file.
    webSocket.on('message', (_data, isBinary) => isBinary && browser.use());
    // Names of channels are letters, so nothing in them is ever encoded.
    const name = url.pathname.slice(channelPath.length);
    const input = parseJson(url.searchParams.get('input') ?? '{}');
    if (input === undefined) webSocket.close(badData, 'not JSON');
    else void serveChannel(this.#backend, webSocketLink(webSocket), name, input.value);
  }

  #ping(): void {
    for (const webSocket of this.#server.clients) {
      if (!this.#alive.has(webSocket)) webSocket.terminate();
      else {
        this.#alive.delete(webSocket);
        webSocket.ping();
      }
    }
  }

  /** Ends every conversation. Guests go on. */
  close(): void {
    clearInterval(this.#pings);
    for (const webSocket of this.#server.clients) webSocket.close(goingAway, 'Tatin ends');
    this.#server.close();
  }
}

/** What the HTTP server found right. */
interface Checked {
  readonly url: URL;
  readonly session: OpenSession;
}

/** Closes the connection when its session is over; nothing that comes after that is heard. */
function endWith(session: OpenSession, webSocket: WebSocket): void {
  const off = session.onEnd((why) => {
    webSocket.removeAllListeners('message');
    webSocket.close(sessionOverCode, why);
    const timer = setTimeout(() => webSocket.terminate(), goodbyeMs);
    webSocket.once('close', () => clearTimeout(timer));
  });
  webSocket.once('close', off);
}

/** Ends a connection whose page does not read, whatever it is that fills up: calls, events, bytes, answers to pings. */
function cutOffIfFull(webSocket: WebSocket): boolean {
  if (webSocket.bufferedAmount <= maxBufferedBytes) return false;
  webSocket.terminate();
  return true;
}

/** The value in a box, as `null` is JSON too; undefined if the text is none. */
function parseJson(data: RawData | string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(typeof data === 'string' ? data : bytesOf(data).toString('utf8')) };
  } catch {
    return undefined;
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function webSocketLink(webSocket: WebSocket): ChannelLink {
  const send = (data: Uint8Array | string): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    // A page that says that it took what it never read is cut off before it fills the memory.
    if (!cutOffIfFull(webSocket)) webSocket.send(data);
  };
  return {
    sendBytes: send,
    sendSign: (sign) => send(JSON.stringify(sign)),
    onBytes: (listener) => webSocket.on('message', (data, isBinary) => isBinary && listener(bytesOf(data))),
    onSign: (listener) =>
      webSocket.on('message', (data, isBinary) => {
        if (!isBinary) listener(parseJson(data)?.value);
      }),
    onClose: (listener) => webSocket.on('close', (_code, reason) => listener(reason.toString() || undefined)),
    close: () => webSocket.close(),
  };
}
