import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'vite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { BrowserServer } from '../../electron/transport/browser-server.ts';
import { ServerProxy } from './server-proxy.mjs';

/** The pages ask for nothing here. */
const backend = /** @type {import('../../electron/contract/contract.ts').Backend} */ (
  /** @type {unknown} */ ({ handlers: {}, subscribe: () => () => undefined })
);

describe('ServerProxy', () => {
  let folder = '';
  /** @type {BrowserServer} */
  let server;
  /** @type {import('vite').ViteDevServer} */
  let vite;
  /** @type {ServerProxy} */
  let proxy;
  let host = '';
  let cookie = '';

  const startServer = () => BrowserServer.listen({ backend, pages: folder, port: 0 });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tatin-dev-'));
    writeFileSync(join(folder, 'index.html'), '<title>pages</title>');
    proxy = new ServerProxy();
    const hidden = {
      configFile: /** @type {const} */ (false),
      root: folder,
      logLevel: /** @type {const} */ ('silent'),
    };
    vite = await createServer({
      ...hidden,
      cacheDir: join(folder, '.vite'),
      server: { host: '127.0.0.1', port: 0, proxy: proxy.viteOptions, hmr: { path: '/hot-reload' } },
    });
    await vite.listen();
    const address = vite.httpServer?.address();
    host = typeof address === 'object' ? `127.0.0.1:${address?.port}` : '';
    server = await startServer();
    const opened = await ask(proxy.open(host, new URL(server.newUrl())));
    cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  });
  afterEach(async () => {
    await vite.close();
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** @param {string} url @param {Record<string, string>} [headers] @returns {Promise<import('node:http').IncomingMessage>} */
  const ask = (url, headers = {}) =>
    new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, (response) => resolve(response.resume())).on('error', reject);
    });

  /** @param {Record<string, string>} headers @returns {Promise<number>} the status of the answer; 101 for a WebSocket */
  const connect = (headers) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://${host}/rpc`, { headers });
      socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
      socket.on('error', () => resolve(0));
      socket.on('open', () => resolve(101));
    });

  it('opens a session by the link of the server, for calls of its pages', async () => {
    expect(cookie).toMatch(/^tatin-session-/);
    expect((await ask(`http://${host}/session`, { cookie })).statusCode).toBe(204);
    expect(await connect({ cookie, origin: `http://${host}` })).toBe(101);
  });

  it('admits nobody without a session, of another origin, or by another name', async () => {
    expect((await ask(`http://${host}/session`)).statusCode).toBe(401);
    expect(await connect({ origin: `http://${host}` })).toBe(401);
    expect(await connect({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await connect({ cookie, origin: `http://${host}`, host: 'evil.example' })).toBe(421);
  });

  it('keeps the sessions that it has seen over a restart of the server, and no others', async () => {
    await server[Symbol.asyncDispose]();
    server = await startServer();
    await proxy.reopen(new URL(server.newUrl()));
    expect(await connect({ cookie, origin: `http://${host}` })).toBe(101);
    expect(await connect({ cookie: `${cookie}x`, origin: `http://${host}` })).toBe(401);
  });

  it('says between two servers that none answers, not that the session is over', async () => {
    await server[Symbol.asyncDispose]();
    expect((await ask(`http://${host}/session`, { cookie })).statusCode).toBe(502);
    server = await startServer();
  });
});
