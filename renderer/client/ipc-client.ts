import type { Client } from '../../electron/contract/contract.ts';
import { type ChannelLink, FramedChannel } from '../../electron/contract/framed-channel.ts';
import { bridgeMessage } from '../../electron/contract/ipc-bridge.ts';
import { RemoteClient } from './remote-client.ts';

/** Posts a port to the preload script, which passes it on; a test passes it on itself. */
export type PostPort = (open: unknown, port: MessagePort) => void;

const throughWindow: PostPort = (open, port) =>
  window.postMessage({ type: bridgeMessage, open }, window.location.origin, [port]);

/** A client of the desktop app's main process, over message ports. */
export function ipcClient(postPort: PostPort = throughWindow): Client {
  const openPort = (open: unknown): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    postPort(open, port2);
    return port1;
  };
  const session = openPort({ for: 'session' });
  const client = new RemoteClient({
    send: (message) => {
      session.postMessage(message);
      return true;
    },
    openChannel: async (name, input) => {
      const channel = new FramedChannel(portLink(openPort({ for: 'channel', name, input })));
      await channel.opened;
      return channel;
    },
  });
  session.addEventListener('message', ({ data }: MessageEvent<unknown>) => client.receive(data));
  // The main process closes its end only with the app, but then the page must not wait for it.
  session.addEventListener('close', () => client.setState('lost'));
  session.start();
  client.setState('connected');
  return client;
}

function portLink(port: MessagePort): ChannelLink {
  const onMessage = (take: (data: unknown) => void): void =>
    port.addEventListener('message', ({ data }: MessageEvent<unknown>) => take(data));
  // Listeners are set in the same turn; what came before waits in the port until then.
  queueMicrotask(() => port.start());
  return {
    sendBytes: (bytes) => port.postMessage(bytes),
    sendSign: (sign) => port.postMessage(sign),
    onBytes: (listener) => onMessage((data) => data instanceof Uint8Array && listener(data)),
    onSign: (listener) => onMessage((data) => data instanceof Uint8Array || listener(data)),
    onClose: (listener) => port.addEventListener('close', () => listener(undefined)),
    close: () => port.close(),
  };
}
