import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { BrowserServer } from '../browser-server.ts';
import { EchoBackend } from './echo-backend.ts';
import { cookieFrom } from './transports.ts';

const patience = { timeout: 30_000 };
const password = 'correct horse battery';
const hour = 3600_000;

let backend: EchoBackend;
let server: BrowserServer;
let origin: string;
let clock: { nowMs: number };
beforeEach(async () => {
  backend = new EchoBackend();
  backend.onCall = () => Promise.resolve([]);
  clock = { nowMs: Date.now() };
  server = await BrowserServer.listen({
    ...{ backend, pages: '/nowhere', port: 0, password },
    nowMs: () => clock.nowMs,
  });
  origin = `http://127.0.0.1:${server.port}`;
});
afterEach(() => server[Symbol.asyncDispose]());

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

/** A raw request: `fetch` says of itself what it wants. */
async function ask(
  path: string,
  { method = 'GET', body = '', ...headers }: Record<string, string> = {},
): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response as AsyncIterable<Buffer>) text += piece.toString();
  return { status: response.statusCode, text, headers: response.headers };
}

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(path, { method: 'POST', body: new URLSearchParams(fields).toString(), origin, ...headers });

const pathOf = (url: string): string => url.slice(origin.length);
const enter = (): Promise<string> => cookieFrom(server.newUrl());
const isIn = async (cookie: string): Promise<boolean> => (await ask('/session', { cookie })).status === 204;

/** What browsers say of a picture on a page of another site, and of a page that is opened. */
const picture = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
const visit = (site: string): Record<string, string> => ({
  ...{ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' },
});

async function openRpc(cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin } });
  await once(socket, 'open');
  return socket;
}

const call = (socket: WebSocket): Promise<unknown> => {
  socket.send('{"kind":"call","call":1,"name":"jobs.list","input":{}}');
  return once(socket, 'message');
};

describe('the way in', () => {
  it('stands open for a right link and password, no matter who tried wrong ones on this computer', async () => {
    const url = server.newUrl();
    for (let index = 0; index < 40; index++) {
      expect((await ask(`/?token=${index}`, picture)).status).toBe(403);
      expect((await ask(`/?token=${index}`)).status).toBe(401);
      expect((await post('/login', { password: `wrong ${index}` })).text).toContain('Wrong password.');
    }
    expect((await post('/login', { password })).status).toBe(200);
    expect((await ask(pathOf(url))).status).toBe(200);
  });

  it('opens from a terminal, a mail, a chat', async () => {
    for (const site of ['none', 'cross-site', 'same-site'])
      expect((await ask(pathOf(server.newUrl()), visit(site))).status, site).toBe(200);
  });

  it('is not used up by who only looks', async () => {
    const path = pathOf(server.newUrl());
    const lookers = [
      picture,
      { ...visit('cross-site'), 'sec-fetch-dest': 'iframe' },
      { ...visit('none'), 'sec-purpose': 'prefetch;prerender' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      { method: 'HEAD' },
    ];
    for (const looker of lookers) {
      const answer = await ask(path, looker);
      expect(answer.status).toBe(403);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect((await ask(path, visit('none'))).status).toBe(200);
  });

  it('says what is wrong with a link', async () => {
    const path = pathOf(server.newUrl());
    await ask(path);
    expect((await ask(path)).text).toContain('used already');
    const old = pathOf(server.newUrl());
    clock.nowMs += 12 * hour;
    expect((await ask(old)).text).toContain('too old');
    const unknown = (await ask('/?token=guess')).text;
    expect(unknown).toContain('not from the Tatin that runs here');
    expect(unknown).not.toMatch(/used already|too old/);
  });

  it('leads on whoever opens a used link and is logged in', async () => {
    const path = pathOf(server.newUrl());
    const cookie = await cookieFrom(`${origin}${path}`);
    expect((await ask(path, { cookie })).headers.location).toBe('/');
  });

  it('gives pages of others nothing, with the cookie neither', async () => {
    const cookie = await enter();
    for (const site of ['cross-site', 'same-site']) {
      expect((await ask('/exports/1', { cookie, ...picture, 'sec-fetch-site': site })).status, site).toBe(403);
      expect((await post('/logout', {}, { cookie, 'sec-fetch-site': site })).status, site).toBe(403);
    }
    expect(await isIn(cookie)).toBe(true);
  });

  it('takes a form of the length of a form', async () => {
    const long = await post('/login', { password: 'x'.repeat(100_000) });
    expect(long.status).toBe(413);
    expect((await post('/login', { password })).status).toBe(200);
  });

  it('closes the oldest connections of strangers, and none of an owner', async () => {
    const cookie = await enter();
    const rpc = await openRpc(cookie);
    const strangers: Socket[] = [];
    let closed = 0;
    for (let index = 0; index < 1_100; index++) {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      socket.on('close', () => closed++);
      strangers.push(socket);
      if (index % 100 === 0) await once(socket, 'connect');
    }
    await vi.waitFor(() => expect(closed).toBeGreaterThanOrEqual(100), patience);
    expect((await ask(pathOf(server.newUrl()))).status).toBe(200);
    await call(rpc);
    for (const socket of strangers) socket.destroy();
    rpc.terminate();
  });
});

describe('a session over HTTP', () => {
  it('has a cookie that lasts as long as it does', async () => {
    const ageOf = (answer: Answer): string | undefined =>
      /; Max-Age=(?<age>\d+);/.exec(answer.headers['set-cookie']?.[0] ?? '')?.groups?.age;
    const opened = await ask(pathOf(server.newUrl()));
    expect(ageOf(opened)).toBe('43200');
    const cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    clock.nowMs += 11 * hour;
    expect(ageOf(await ask('/session', { cookie }))).toBe('3600');
    expect(ageOf(await post('/session', {}, { cookie }))).toBe('43200');
    clock.nowMs += 11 * hour;
    expect(ageOf(await ask('/none', { cookie }))).toBe('43200');
    clock.nowMs += 12 * hour;
    expect((await ask('/none', { cookie })).status).toBe(401);
    expect((await ask('/session', { cookie })).status).toBe(401);
    expect((await post('/session', {}, { cookie })).status).toBe(401);
  });

  it('ends for good when somebody logs out, without scripts', async () => {
    const [cookie, other] = [await enter(), await enter()];
    const question = await ask('/logout', { cookie });
    expect(question.text).toContain('<form method="post" action="/logout">');
    expect(question.headers['content-security-policy']).toContain("form-action 'self'");
    // Without a referrer, a browser would send the form without an origin.
    expect(question.headers['referrer-policy']).toBe('same-origin');
    const goodbye = await post('/logout', {}, { cookie });
    expect(goodbye.status).toBe(200);
    expect(goodbye.text).toContain('You are logged out.');
    expect(goodbye.headers).toMatchObject({ 'cache-control': 'no-store', 'clear-site-data': '"storage"' });
    expect(goodbye.headers['set-cookie']?.[0]).toMatch(/^tatin-session-\d+=; Path=\/; Max-Age=0; HttpOnly/);
    expect(await isIn(cookie)).toBe(false);
    expect(await isIn(other)).toBe(true);
    expect((await post('/logout', {}, { cookie })).status).toBe(200);
  });

  it('ends with all others, or one by one, by whoever has one', async () => {
    const [one, two, three] = [await enter(), await enter(), await enter()];
    type Row = { id: string; isThis: boolean };
    const list = JSON.parse((await ask('/sessions', { cookie: one })).text) as Row[];
    expect(list).toHaveLength(3);
    const id = list.find(({ isThis }) => !isThis)?.id ?? '';
    expect((await post('/logout', { sessions: id }, { cookie: one })).status).toBe(200);
    expect((await post('/logout', { sessions: id }, { cookie: one })).status).toBe(404);
    expect((await post('/logout', { sessions: 'nonsense' }, { cookie: one })).status).toBe(400);
    expect([await isIn(two), await isIn(three)].filter(Boolean)).toHaveLength(1);
    expect((await post('/logout', { sessions: 'all' })).status).toBe(401);
    expect((await post('/logout', { sessions: 'all' }, { cookie: one })).status).toBe(200);
    for (const cookie of [one, two, three]) expect(await isIn(cookie)).toBe(false);
    expect((await ask('/sessions', { cookie: one })).status).toBe(401);
  });

  it('can not be ended by a page of another origin', async () => {
    const cookie = await enter();
    for (const from of ['http://evil.example', 'null', 'http://127.0.0.1:1'])
      expect((await post('/logout', {}, { cookie, origin: from })).status, from).toBe(403);
    expect((await ask('/logout', { method: 'POST', cookie })).status).toBe(403);
    expect(await isIn(cookie)).toBe(true);
  });

  it('is forgotten in the terminal, with the links that wait', async () => {
    const [cookie, path] = [await enter(), pathOf(server.newUrl())];
    server.forgetSessions();
    expect(await isIn(cookie)).toBe(false);
    expect((await ask(path)).status).toBe(401);
    await enter();
  });
});

describe('the WebSockets of a session', () => {
  it('close when it is over, with the reason, and hear nothing after that', async () => {
    const cookie = await enter();
    const rpc = await openRpc(cookie);
    const input = encodeURIComponent(JSON.stringify({ id: 'local:a' }));
    const channel = new WebSocket(`${origin.replace('http', 'ws')}/channel/console?input=${input}`, {
      headers: { cookie, origin },
    });
    await once(channel, 'message');
    const closed = [once(rpc, 'close'), once(channel, 'close')];
    await post('/logout', {}, { cookie });
    rpc.send('{"kind":"call","call":2,"name":"jobs.list","input":{}}', () => undefined);
    for (const [code, reason] of await Promise.all(closed)) {
      expect(code).toBe(4401);
      expect(String(reason)).toBe('logged-out');
    }
    expect(backend.calls).toEqual([]);
    await vi.waitFor(() => expect(backend.channels[0]?.closed).toBe(true), patience);
    await vi.waitFor(() => expect(backend.listenerCount).toBe(0), patience);
  });

  it('keep it alive by what is called and sent, not by being open', async () => {
    const [used, open] = [await enter(), await enter()];
    const [busy, quiet] = [await openRpc(used), await openRpc(open)];
    clock.nowMs += 11 * hour;
    await call(busy);
    quiet.ping();
    await once(quiet, 'pong');
    clock.nowMs += 2 * hour;
    expect(await isIn(used)).toBe(true);
    const closed = once(quiet, 'close');
    expect(await isIn(open)).toBe(false);
    expect((await closed)[0]).toBe(4401);
    busy.terminate();
  });

  it('are bounded in number', async () => {
    const cookie = await enter();
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openRpc(cookie)));
    const refused = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin } });
    refused.on('error', () => undefined);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(429);
    // Another browser has its own.
    (await openRpc(await enter())).terminate();
    for (const socket of sockets) socket.terminate();
    await vi.waitFor(() => expect(backend.listenerCount).toBe(0), patience);
  });

  it('cut off a page that never reads, whatever is told to it', async () => {
    const cookie = await enter();
    const rpc = await openRpc(cookie);
    // What comes is left in the kernel's buffers, and then in the server's.
    rpc.pause();
    await vi.waitFor(() => expect(backend.listenerCount).toBe(1), patience);
    const message = 'x'.repeat(1024 * 1024);
    for (let told = 0; told < 100 && backend.listenerCount > 0; told++) {
      backend.tell('notice', { error: { code: 'unexpected', message } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(backend.listenerCount).toBe(0), patience);
    rpc.terminate();
  });
});
