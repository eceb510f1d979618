import { z } from 'zod';
import type { Backend } from '../contract/contract.ts';
import type { ChannelLink } from '../contract/framed-channel.ts';
import { bridgeMessage } from '../contract/ipc-bridge.ts';
import { serveChannel, Session } from './session.ts';

/** What is used of Electron's `MessagePortMain`. */
export interface MainPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

/** What is used of the event with which a page's port arrives. */
interface OpenEvent {
  readonly senderFrame: { readonly url: string } | null;
  readonly ports: readonly MainPort[];
}

/** What is used of Electron's `ipcMain`. */
export interface MainIpc {
  on(channel: string, listener: (event: OpenEvent, open: unknown) => void): unknown;
  off(channel: string, listener: (event: OpenEvent, open: unknown) => void): unknown;
}

/** What a page says when it opens a port. */
const openSchema = z.discriminatedUnion('for', [
  z.object({ for: z.literal('session') }),
  z.object({ for: z.literal('channel'), name: z.string().max(100), input: z.unknown() }),
]);

/**
 * The contract over Electron's message ports, one for each page's session and each channel.
 * @param isOurs whether the address of the frame that asks is one of our pages
 * @returns a function that stops taking ports
 */
export function serveIpc(ipcMain: MainIpc, backend: Backend, isOurs: (url: string) => boolean): () => void {
  const onOpen = (event: OpenEvent, raw: unknown): void => {
    const [port] = event.ports;
    if (port === undefined) return;
    const open = openSchema.safeParse(raw);
    if (event.senderFrame === null || !isOurs(event.senderFrame.url) || !open.success) {
      port.close();
      return;
    }
    if (open.data.for === 'session') serveSession(backend, port);
    else void serveChannel(backend, portLink(port), open.data.name, open.data.input);
  };
  ipcMain.on(bridgeMessage, onOpen);
  return () => void ipcMain.off(bridgeMessage, onOpen);
}

function serveSession(backend: Backend, port: MainPort): void {
  const session = new Session(backend, {
    send: (message) => port.postMessage(message),
    refuse: () => port.close(),
  });
  port.on('message', ({ data }) => session.receive(data));
  port.on('close', () => session[Symbol.dispose]());
  port.start();
}

/** A port as a channel's link: bytes are byte arrays, everything else is a sign. */
function portLink(port: MainPort): ChannelLink {
  const onMessage = (take: (data: unknown) => void): void => void port.on('message', ({ data }) => take(data));
  const link: ChannelLink = {
    sendBytes: (bytes) => port.postMessage(bytes),
    sendSign: (sign) => port.postMessage(sign),
    onBytes: (listener) => onMessage((data) => data instanceof Uint8Array && listener(data)),
    onSign: (listener) => onMessage((data) => data instanceof Uint8Array || listener(data)),
    onClose: (listener) => void port.on('close', () => listener(undefined)),
    close: () => port.close(),
  };
  // Messages wait in a port until it is started, and the listeners are set in the same turn.
  queueMicrotask(() => port.start());
  return link;
}
