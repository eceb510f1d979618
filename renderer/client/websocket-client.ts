import { type SessionEnd, sessionEndSchema, sessionOverCode } from '../../electron/contract/browser-sessions.ts';
import type { Client } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { type ChannelLink, FramedChannel } from '../../electron/contract/framed-channel.ts';
import { RemoteClient } from './remote-client.ts';

/** Pauses between attempts to connect again, in milliseconds; the last one repeats. */
const pausesMs = [200, 500, 1_000, 2_000, 4_000];

/** What is used of the browser's WebSocket, so that tests can bring another. */
export type OpenWebSocket = (url: string) => WebSocket;

export interface WebSocketClient extends Client {
  /** Tries now instead of at the end of the pause. */
  reconnect(): void;
  /** This browser is logged out: it is not tried again. */
  setOver(why?: SessionEnd): void;
  whyOver(): SessionEnd | undefined;
  close(): void;
}

/**
 * A client of the server at `origin` (http or https); connects at once and again whenever the connection is lost, until
 * the session is over.
 * @param onRefused told of a connection that did not come about: pages are not told why
 */
export function webSocketClient(
  origin: string,
  open: OpenWebSocket = (url) => new WebSocket(url),
  onRefused: (client: WebSocketClient) => void = () => undefined,
): WebSocketClient {
  const base = origin.replace(/^http/, 'ws');
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  let isClosed = false;
  let end: SessionEnd | undefined;

  const client = new RemoteClient({
    send: (message) => {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    openChannel: async (name, input) => {
      const query = new URLSearchParams({ input: JSON.stringify(input) });
      const channel = new FramedChannel(webSocketLink(open(`${base}/channel/${encodeURIComponent(name)}?${query}`)));
      await channel.opened;
      return channel;
    },
  });

  const connect = (): void => {
    clearTimeout(timer);
    if (isClosed) return;
    const current = open(`${base}/rpc`);
    socket = current;
    let wasOpen = false;
    current.addEventListener('open', () => {
      attempts = 0;
      wasOpen = true;
      client.setState('connected');
    });
    current.addEventListener('message', ({ data }: MessageEvent<unknown>) => client.receive(parse(data)));
    current.addEventListener('close', ({ code, reason }) => {
      if (socket !== current || isClosed) return;
      socket = undefined;
      if (code === sessionOverCode) {
        whole.setOver(sessionEndSchema.safeParse(reason).data);
        return;
      }
      client.setState('lost');
      if (!wasOpen) onRefused(whole);
      timer = setTimeout(connect, pausesMs[Math.min(attempts++, pausesMs.length - 1)]);
    });
  };
  const stop = (): void => {
    isClosed = true;
    clearTimeout(timer);
    socket?.close();
  };
  const whole = Object.assign(client, {
    reconnect: () => {
      if (socket === undefined) connect();
    },
    setOver: (why?: SessionEnd) => {
      end ??= why;
      stop();
      client.setState('over');
    },
    whyOver: () => end,
    close: () => {
      stop();
      client.setState('lost');
    },
  });
  connect();
  return whole;
}

function parse(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}

/** A browser's WebSocket as a channel's link. What is sent before it opens waits. */
function webSocketLink(socket: WebSocket): ChannelLink {
  socket.binaryType = 'arraybuffer';
  const send = (data: Uint8Array | string): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(data as Uint8Array<ArrayBuffer> | string);
    else if (socket.readyState !== WebSocket.CONNECTING)
      throw new AppError('connection-lost', 'The connection to the machine is closed.');
    else socket.addEventListener('open', () => send(data), { once: true });
  };
  const onMessage = (take: (data: unknown) => void): void =>
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => take(data));
  return {
    sendBytes: send,
    sendSign: (sign) => {
      if (socket.readyState <= WebSocket.OPEN) send(JSON.stringify(sign));
    },
    onBytes: (listener) => onMessage((data) => data instanceof ArrayBuffer && listener(new Uint8Array(data))),
    onSign: (listener) =>
      onMessage((data) => {
        if (typeof data === 'string') listener(parse(data));
      }),
    onClose: (listener) =>
      socket.addEventListener('close', ({ reason }) => listener(reason === '' ? undefined : reason)),
    close: () => socket.close(),
  };
}
