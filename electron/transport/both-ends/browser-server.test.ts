import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { BrowserServer } from '../browser-server.ts';
import { maxMessageBytes } from '../../contract/wire.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { EchoBackend } from './echo-backend.ts';
import { cookieFrom, servePages } from './transports.ts';

let backend: EchoBackend;
let served: Awaited<ReturnType<typeof servePages>>;
beforeEach(async () => {
  backend = new EchoBackend();
  served = await servePages(backend);
});
afterEach(() => served[Symbol.asyncDispose]());

/** A raw request, so that nothing is tidied on the way. Answers with the status. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  const sent = request({ host: '127.0.0.1', port: served.server.port, path, method, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

/** Tries to open a WebSocket; the close code, or the status that refused it, or 'open'. */
async function upgrade(path: string, headers: Record<string, string>): Promise<'open' | number> {
  const socket = new WebSocket(`${served.origin.replace('http', 'ws')}${path}`, { headers });
  const opened = once(socket, 'open').then(() => 'open' as const);
  const refused = once(socket, 'unexpected-response').then(
    ([, response]) => (response as { statusCode: number }).statusCode,
  );
  socket.on('error', () => undefined);
  opened.catch(() => undefined);
  refused.catch(() => undefined);
  const result = await Promise.any([opened, refused]);
  socket.terminate();
  return result;
}

describe('BrowserServer', () => {
  it('gives nothing away without a session', async () => {
    for (const path of ['/', '/index.html', '/assets/x.js', '/rpc', '/anything']) expect(await ask(path)).toBe(401);
  });

  it('opens once for a link, and gives a strict cookie that scripts can not read', async () => {
    const link = served.server.newUrl();
    const response = await fetch(link, { redirect: 'manual' });
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
  });

  it('shows pages to a session, under a policy without inline scripts', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    const response = await fetch(served.origin, { headers: { cookie } });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<title>Tatin</title>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('strict-transport-security')).toBeNull();
    expect(await ask('/none.js', { cookie })).toBe(404);
  });

  it('refuses wrong tokens, and opens for a right one after however many', async () => {
    for (let index = 0; index < 60; index++) expect(await ask(`/?token=${index}`)).toBe(401);
    const path = served.server.newUrl().slice(served.origin.length);
    expect(await ask(path)).toBe(200);
  });

  it('is not to be reached by a name that is not its own', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    for (const host of ['evil.example', `evil.example:${served.server.port}`, '127.0.0.1', '127.0.0.1:1'])
      expect(await ask('/', { cookie, host }), host).toBe(421);
    expect(await ask('/', { cookie, host: `localhost:${served.server.port}` })).toBe(200);
    expect(await upgrade('/rpc', { cookie, origin: served.origin, host: 'evil.example' })).toBe(421);
  });

  it('lets no other page connect, and none without a session', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    expect(await upgrade('/rpc', { cookie, origin: served.origin })).toBe('open');
    expect(await upgrade('/rpc', { origin: served.origin })).toBe(401);
    expect(await upgrade('/rpc', { cookie: `tatin-session-${served.server.port}=guess`, origin: served.origin })).toBe(
      401,
    );
    expect(await upgrade('/channel/console?input=%7B%7D', { origin: served.origin })).toBe(401);
    for (const origin of ['http://evil.example', 'null', served.origin.replace('http', 'https'), 'http://127.0.0.1:1'])
      expect(await upgrade('/rpc', { cookie, origin }), origin).toBe(403);
    expect(await upgrade('/rpc', { cookie })).toBe(403);
    expect(await upgrade('/other', { cookie, origin: served.origin })).toBe(404);
  });

  it('does not leave its folder, however the path is written', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    for (const path of [
      '/../package.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2f..%2fetc%2fpasswd',
      '/%00',
      '/%E0%A4%A',
      '//etc/passwd',
    ])
      expect([404, 421], path).toContain(await ask(path, { cookie }));
  });

  it('answers only GET and HEAD', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    expect(await ask('/', { cookie }, 'HEAD')).toBe(200);
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'TRACE']) expect(await ask('/', { cookie }, method)).toBe(405);
    expect(await ask('/login', { cookie, origin: served.origin }, 'POST')).toBe(403);
  });

  it('ends a conversation that breaks the contract, and no other', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`${served.origin.replace('http', 'ws')}/rpc`, {
        headers: { cookie, origin: served.origin },
      });
      await once(socket, 'open');
      return socket;
    };
    const good = await open();
    const sent: [data: string | Uint8Array, code: number][] = [
      ['not json', 1007],
      [new Uint8Array([1, 2, 3]), 1003],
      ['{"kind":"surprise"}', 1008],
      ['null', 1008],
      [' '.repeat(maxMessageBytes + 1), 1009],
    ];
    for (const [data, code] of sent) {
      const socket = await open();
      socket.send(data);
      expect((await once(socket, 'close'))[0], String(data).slice(0, 20)).toBe(code);
    }
    backend.onCall = () => Promise.resolve([]);
    good.send('{"kind":"call","call":1,"name":"jobs.list","input":{}}');
    const [answer] = (await once(good, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toEqual({ kind: 'reply', call: 1, reply: { ok: true, value: [] } });
    good.terminate();
  });

  it('survives what is no HTTP', async () => {
    const socket = connect(served.server.port, '127.0.0.1');
    socket.end('\x16\x03\x01 hello\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect(await ask('/')).toBe(401);
  });

  it('will not be reached by other computers without TLS and a password', async () => {
    const options = { backend, pages: '/nowhere', port: 0, host: '0.0.0.0' };
    await expect(BrowserServer.listen(options)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(BrowserServer.listen({ ...options, password: 'long enough to be one' })).rejects.toMatchObject({
      code: 'not-allowed',
    });
  });

  it('says that a port is taken', async () => {
    await expect(BrowserServer.listen({ backend, pages: '/nowhere', port: served.server.port })).rejects.toMatchObject({
      code: 'port-taken',
    });
  });

  it('asks for the password where there is one, from its own page only', async () => {
    await using server = await BrowserServer.listen({
      backend,
      pages: '/nowhere',
      port: 0,
      password: 'correct horse battery',
    });
    const origin = `http://127.0.0.1:${server.port}`;
    const login = (password: string, from: string): Promise<Response> =>
      fetch(`${origin}/login`, {
        method: 'POST',
        headers: { origin: from },
        body: new URLSearchParams({ password }),
        redirect: 'manual',
      });
    expect(await (await fetch(origin)).text()).toContain('type="password"');
    expect((await login('wrong', origin)).status).toBe(401);
    expect((await login('correct horse battery', 'http://evil.example')).status).toBe(403);
    const welcome = await login('correct horse battery', origin);
    expect(welcome.status).toBe(200);
    expect(welcome.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    const tooLong = await login('x'.repeat(10_000), origin).catch(() => undefined);
    expect(tooLong?.status).not.toBe(200);
  });

  it('sends what it can over TLS, and marks the cookie for that', async () => {
    using folder = temporaryFolder();
    const [certificate, key] = selfSigned(folder.path);
    await using server = await BrowserServer.listen({
      backend,
      pages: folder.path,
      port: 0,
      host: '0.0.0.0',
      names: ['localhost'],
      tls: { certificate, key },
      password: 'correct horse battery',
    });
    const sent = secureRequest({
      host: '127.0.0.1',
      port: server.port,
      path: '/login',
      method: 'POST',
      ca: certificate,
      servername: 'localhost',
      headers: { host: `localhost:${server.port}`, origin: `https://localhost:${server.port}` },
    }).end('password=correct+horse+battery');
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(response.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
    expect(response.headers['set-cookie']?.[0]).toMatch(/^__Host-tatin-session-\d+=[\w-]+; Path=\/; Max-Age=43200; /);
    expect(response.headers['content-security-policy']).toContain(`wss://localhost:${server.port}`);
    expect(response.headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it('does not follow links out of its folder', async () => {
    using folder = temporaryFolder();
    const pages = path.join(folder.path, 'pages');
    mkdirSync(pages);
    writeFileSync(path.join(folder.path, 'secret.txt'), 'secret');
    symlinkSync(path.join(folder.path, 'secret.txt'), path.join(pages, 'link.txt'));
    await using server = await BrowserServer.listen({ backend, pages, port: 0 });
    const cookie = await cookieFrom(server.newUrl());
    const origin = `http://127.0.0.1:${server.port}`;
    expect((await fetch(`${origin}/link.txt`, { headers: { cookie } })).status).toBe(404);
  });

  it('keeps sessions apart from those of another server on this computer', async () => {
    await using other = await BrowserServer.listen({ backend, pages: '/nowhere', port: 0 });
    const [mine, theirs] = [await cookieFrom(served.server.newUrl()), await cookieFrom(other.newUrl())];
    // One browser brings both to both.
    expect(mine.split('=')[0]).not.toBe(theirs.split('=')[0]);
    expect(await ask('/', { cookie: `${mine}; ${theirs}` })).toBe(200);
    expect(await ask('/', { cookie: theirs })).toBe(401);
  });

  it('lets what is named by hash be kept, and nothing else', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    const response = await fetch(`${served.origin}/index.html`, { headers: { cookie } });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await fetch(`${served.origin}/none`, { headers: { cookie } })).headers.get('cache-control')).toBe(
      'no-store',
    );
  });

  it('refuses channels that are asked for oddly, and goes on', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    const headers = { cookie, origin: served.origin };
    for (const path of [
      '/channel/%zz',
      '/channel/',
      '/channel/console?input=%7B',
      '/channel/console?input=%zz',
      '/channel/..%2f',
    ]) {
      const socket = new WebSocket(`${served.origin.replace('http', 'ws')}${path}`, { headers });
      await once(socket, 'close');
    }
    expect(await upgrade('/rpc', headers)).toBe('open');
  });

  it('cuts off a page that sends a channel more than agreed', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    const input = encodeURIComponent(JSON.stringify({ id: 'local:a' }));
    const socket = new WebSocket(`${served.origin.replace('http', 'ws')}/channel/console?input=${input}`, {
      headers: { cookie, origin: served.origin },
    });
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    await once(socket, 'message');
    const far = backend.channels[0];
    if (far === undefined) throw new Error('no channel was opened');
    far.isHeld = true;
    const piece = new Uint8Array(1024 * 1024);
    for (let index = 0; index < 16; index++) socket.send(piece, () => undefined);
    await closed;
    expect(far.received).toBeLessThanOrEqual(piece.length);
    await vi.waitFor(() => expect(far.closed).toBe(true), { timeout: 20_000 });
  });

  it('ends every conversation when it is closed', async () => {
    const cookie = await cookieFrom(served.server.newUrl());
    const socket = new WebSocket(`${served.origin.replace('http', 'ws')}/rpc`, {
      headers: { cookie, origin: served.origin },
    });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await served.server[Symbol.asyncDispose]();
    await closed;
    await vi.waitFor(() => expect(backend.listenerCount).toBe(0), { timeout: 20_000 });
    await expect(fetch(served.origin)).rejects.toThrow();
    served = await servePages(backend);
  });
});

/** A certificate for localhost by OpenSSL, and its key. */
function selfSigned(folder: string): [certificate: string, key: string] {
  const files = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  const [certificate = '', key = ''] = files;
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  return [readFileSync(certificate, 'utf8'), readFileSync(key, 'utf8')];
}
