import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { type WebSocketClient, webSocketClient } from '../../../renderer/client/websocket-client.ts';
import { BrowserServer } from '../browser-server.ts';
import { EchoBackend } from './echo-backend.ts';
import { cookieFrom } from './transports.ts';

const patience = { timeout: 30_000 };
let backend: EchoBackend;
let server: BrowserServer;
let cookie: string;
let client: WebSocketClient;
let states: string[];

async function serve(port: number): Promise<void> {
  server = await BrowserServer.listen({ backend, pages: '/nowhere', port });
  cookie = await cookieFrom(server.newUrl());
}

beforeEach(async () => {
  backend = new EchoBackend();
  await serve(0);
  const origin = `http://127.0.0.1:${server.port}`;
  client = webSocketClient(
    origin,
    // The members that the client uses are the same in `ws`; its types only spell the events differently.
    (url) => new NodeWebSocket(url, { headers: { cookie, origin } }) as unknown as WebSocket,
  );
  states = [];
  client.onConnection((state) => states.push(state));
});
afterEach(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

describe('a client whose server goes away', () => {
  it('ends what waits, says so, and comes back by itself', async () => {
    backend.onCall = () => new Promise(() => undefined);
    const call = client.call('vms.list', {});
    await vi.waitFor(() => expect(backend.calls).toHaveLength(1), patience);
    const { port } = server;
    await server[Symbol.asyncDispose]();
    await expect(call).rejects.toMatchObject({ code: 'connection-lost', retry: true });
    await vi.waitFor(() => expect(states).toEqual(['connecting', 'connected', 'lost']), patience);
    await serve(port);
    backend.onCall = () => Promise.resolve([]);
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'), patience);
    await expect(client.call('vms.list', {})).resolves.toEqual([]);
  });

  it('hears events again after it came back', async () => {
    const heard: string[] = [];
    client.on('vm.removed', ({ id }) => heard.push(id));
    await vi.waitFor(() => expect(backend.listenerCount).toBe(1), patience);
    const { port } = server;
    await server[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(backend.listenerCount).toBe(0), patience);
    await serve(port);
    client.reconnect();
    await vi.waitFor(() => expect(backend.listenerCount).toBe(1), patience);
    backend.tell('vm.removed', { id: 'local:a' });
    await vi.waitFor(() => expect(heard).toEqual(['local:a']), patience);
  });

  it('makes calls wait for the connection that is being made', async () => {
    backend.onCall = () => Promise.resolve([]);
    const { port } = server;
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'), patience);
    await server[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(states.at(-1)).toBe('lost'), patience);
    const call = client.call('vms.list', {});
    await serve(port);
    await expect(call).resolves.toEqual([]);
  });

  it('closes its channels with a reason to show', async () => {
    const channel = await client.openChannel('serial', { id: 'local:a' });
    const closed = Promise.withResolvers<string | undefined>();
    channel.onClose(closed.resolve);
    await server[Symbol.asyncDispose]();
    expect(await closed.promise).toBe('Tatin ends');
    await serve(0);
  });
});

describe('a client whose session is over', () => {
  it('is told why, tries no more, and fails calls at once', async () => {
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'), patience);
    server.forgetSessions();
    await vi.waitFor(() => expect(states.at(-1)).toBe('over'), patience);
    expect(client.whyOver()).toBe('logged-out');
    await expect(client.call('vms.list', {})).rejects.toMatchObject({ code: 'connection-lost', hint: 'Log in again.' });
    await expect(client.openChannel('serial', { id: 'local:a' })).rejects.toMatchObject({ code: 'connection-lost' });
    client.reconnect();
    expect(states).toEqual(['connecting', 'connected', 'over']);
  });

  it('asks why it was refused, as pages are not told, and gives up where it was for good', async () => {
    const origin = `http://127.0.0.1:${server.port}`;
    const refused = webSocketClient(
      origin,
      (url) => new NodeWebSocket(url, { headers: { origin } }).on('error', () => undefined) as unknown as WebSocket,
      (told) => told.setOver(),
    );
    const seen: string[] = [];
    refused.onConnection((state) => seen.push(state));
    await vi.waitFor(() => expect(seen.at(-1)).toBe('over'), patience);
    expect(refused.whyOver()).toBeUndefined();
  });
});
