import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { parseServeArguments } from './serve.ts';

let folder: ReturnType<typeof temporaryFolder>;
const servers: ChildProcess[] = [];
beforeEach(() => (folder = temporaryFolder()));
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  }
  folder[Symbol.dispose]();
});

function start(...args: string[]): ChildProcess {
  const server = spawn(process.execPath, [path.join(import.meta.dirname, '../server.ts'), ...args], {
    env: {
      ...process.env,
      TART_HOME: path.join(folder.path, 'home'),
      TATIN_STATE: path.join(folder.path, 'state'),
      TATIN_RUNTIME: path.join(folder.path, 'run'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  servers.push(server);
  return server;
}

async function firstLine(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('no output');
  const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  return line;
}

/** What it says on the way out, and its exit code. */
async function refusal(...args: string[]): Promise<{ code: number; text: string }> {
  const server = start(...args);
  let text = '';
  server.stderr?.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const [code] = (await once(server, 'close')) as [number];
  return { code, text };
}

describe('parseServeArguments', () => {
  it('reads what it knows', () => {
    expect(
      parseServeArguments(['--port', '8080', '--host', '::1', '--name', 'a', '--name', 'b', '--print-json']),
    ).toMatchObject({ port: 8080, host: '::1', names: ['a', 'b'], printJson: true });
    expect(parseServeArguments([]).port).toBeUndefined();
  });

  it('refuses the rest with what it would take', () => {
    for (const args of [
      ['--port', 'x'],
      ['--port', '65536'],
      ['--port', '-1'],
      ['--port', '1e3'],
      ['--nonsense'],
      ['stray'],
    ])
      expect(() => parseServeArguments(args), args.join(' ')).toThrow(
        expect.objectContaining({ code: 'invalid-input' }),
      );
  });
});

/** Over the pages that `npm run build` made. */
describe('the browser entry', () => {
  it('prints one link that opens the app, and ends at once when told to', async () => {
    const server = start();
    const line = await firstLine(server);
    const url = /^Tatin is at (?<url>http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+)$/.exec(line)?.groups?.url;
    if (url === undefined) throw new Error(line);
    const { origin } = new URL(url);
    const cookie = (await fetch(url)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await fetch(origin, { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).not.toMatch(/<script>|<script [^>]*>[^<]|\son\w+=/);
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin } });
    await once(socket, 'open');
    const ended = once(server, 'exit');
    const closed = once(socket, 'close');
    server.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    await closed;
    const log = readFileSync(path.join(folder.path, 'state/tatin.log'), 'utf8');
    expect(log).toContain('The server ends.');
    expect(log).not.toContain(new URL(url).searchParams.get('token'));
  });

  it('prints the link for scripts', async () => {
    const line = await firstLine(start('--print-json'));
    expect(JSON.parse(line)).toEqual({ url: expect.stringMatching(/^http:.*token=/) as string });
  });

  it('logs an error that nothing caught, says so, and goes on', async () => {
    vi.stubEnv('NODE_OPTIONS', `--import=${path.join(import.meta.dirname, '../host/testing/fault-at-signal.mjs')}`);
    const server = start('--print-json');
    const { url } = JSON.parse(await firstLine(server)) as { url: string };
    let said = '';
    server.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    server.kill('SIGWINCH');
    const log = () => readFileSync(path.join(folder.path, 'state/tatin.log'), 'utf8');
    await expect
      .poll(log, { timeout: 30_000 })
      .toMatch(/ error .*An error that nothing caught: Error: a stray promise/);
    await expect.poll(log, { timeout: 30_000 }).toContain('a stray listener');
    await expect.poll(() => said, { timeout: 30_000 }).toContain('Tatin goes on');
    expect((await fetch(url)).status).toBe(200);
  });

  it('says why it can not serve', async () => {
    const short = path.join(folder.path, 'password');
    writeFileSync(short, 'short\n');
    const asked: [reason: string, ...args: string[]][] = [
      ['TLS', '--host', '0.0.0.0'],
      ['12 characters', '--password-file', short],
      ['--tls-key', '--tls-cert', short],
      ['TLS', '--tls-cert', short, '--tls-key', short],
      ['/none', '--password-file', '/none'],
      ['--port', '--surprise'],
    ];
    const refusals = await Promise.all(asked.map(([, ...args]) => refusal(...args)));
    for (const [index, [reason]] of asked.entries())
      expect(refusals[index]).toMatchObject({ code: 1, text: expect.stringContaining(reason) as string });
  });
});
