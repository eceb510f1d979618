import type { Client } from '../../electron/contract/contract.ts';
import type { TransportBridge } from '../../electron/contract/ipc-bridge.ts';
import { ipcClient } from './ipc-client.ts';
import { reportErrors } from './report-errors.ts';
import { keepSession, lookAfterSession } from './session-keeper.ts';
import { webSocketClient } from './websocket-client.ts';

declare global {
  interface Window {
    /** There in the desktop app only, by its preload script. */
    readonly tatinTransport?: TransportBridge;
  }
}

/** The way to the services: the desktop app's ports where the page is in one, else a WebSocket to where it came from. */
export function connectClient(): Client {
  const client = window.tatinTransport === undefined ? browserClient() : ipcClient();
  reportErrors(client);
  return client;
}

function browserClient(): Client {
  const client = webSocketClient(window.location.origin, undefined, (refused) => void lookAfterSession(refused));
  keepSession(client);
  return client;
}
