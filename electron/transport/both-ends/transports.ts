import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebSocket as NodeWebSocket } from 'ws';
import type { Backend, Client } from '../../contract/contract.ts';
import { bridgeMessage } from '../../contract/ipc-bridge.ts';
import { ipcClient } from '../../../renderer/client/ipc-client.ts';
import { webSocketClient } from '../../../renderer/client/websocket-client.ts';
import { BrowserServer } from '../browser-server.ts';
import { type MainPort, serveIpc } from '../ipc-main.ts';

/** A transport in both its ends. */
export interface Joined extends AsyncDisposable {
  readonly client: Client;
  /** Ends the page, as closing its window does. */
  leave(): void;
}

/** A server over a backend, with one page in it. */
export async function servePages(
  backend: Backend,
): Promise<{ server: BrowserServer; origin: string } & AsyncDisposable> {
  const pages = await mkdtemp(path.join(tmpdir(), 'tatin-pages-'));
  await writeFile(path.join(pages, 'index.html'), '<!doctype html><title>Tatin</title>');
  const server = await BrowserServer.listen({ backend, pages, port: 0 });
  return {
    server,
    origin: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(pages, { recursive: true });
    },
  };
}

/** Opens a link as a browser does, and gives the cookie that it gets. */
export async function cookieFrom(link: string): Promise<string> {
  const response = await fetch(link, { redirect: 'manual' });
  const cookie = response.headers.get('set-cookie')?.split(';')[0];
  if (cookie === undefined) throw new Error(`No cookie, but ${response.status}.`);
  return cookie;
}

export async function joinByWebSocket(backend: Backend): Promise<Joined> {
  const served = await servePages(backend);
  const cookie = await cookieFrom(served.server.newUrl());
  const open = (url: string): WebSocket =>
    // The members that the client uses are the same in `ws`; its types only spell the events differently.
    new NodeWebSocket(url, { headers: { cookie, origin: served.origin } }) as unknown as WebSocket;
  const client = webSocketClient(served.origin, open);
  return {
    client,
    leave: () => client.close(),
    async [Symbol.asyncDispose]() {
      client.close();
      await served[Symbol.asyncDispose]();
    },
  };
}

/** Electron's ports are those of the web; Node's stand in for them on both sides. */
export function joinByIpc(backend: Backend): Promise<Joined> {
  const ipcMain = new EventEmitter();
  const stop = serveIpc(ipcMain, backend, (url) => url.startsWith('app://tatin/'));
  const ports: MessagePort[] = [];
  const client = ipcClient((open, port) => {
    ports.push(port);
    ipcMain.emit(bridgeMessage, { senderFrame: { url: 'app://tatin/index.html' }, ports: [mainPort(port)] }, open);
  });
  const leave = (): void => ports.forEach((port) => port.close());
  return Promise.resolve({
    client,
    leave,
    [Symbol.asyncDispose]() {
      leave();
      stop();
      return Promise.resolve();
    },
  });
}

/** A web port with the manners of Electron's `MessagePortMain`. */
export function mainPort(port: MessagePort): MainPort {
  return {
    postMessage: (message) => port.postMessage(message),
    on: (event: 'message' | 'close', listener: (event: { data: unknown }) => void) =>
      port.addEventListener(event, (raised) => listener({ data: 'data' in raised ? raised.data : undefined })),
    start: () => port.start(),
    close: () => port.close(),
  };
}
