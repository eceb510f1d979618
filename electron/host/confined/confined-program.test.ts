import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { anonymousFile } from '../../files/anonymous-file.ts';
import { nativeProgram } from '../../files/native-addon.ts';
import { type ConfinedResult, runConfined } from './confined-program.ts';
import { HandedFiles } from './handed-files.ts';
import { macProfile } from './on-mac.ts';

const never = new AbortController().signal;
const patience = { timeout: 30_000 };
const mebibyte = 1024 ** 2;

describe.runIf(process.platform === 'linux')('a confined program', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let probe: string;
  const at = (name: string): string => path.join(folder.path, name);
  const servers: Server[] = [];
  const ports = { tcp: 0, udp: 0 };
  let datagrams: ReturnType<typeof createSocket>;
  let bystander: ReturnType<typeof spawn>;

  async function listen(where: number | string): Promise<Server> {
    const server = createServer();
    if (typeof where === 'number') server.listen(where, '127.0.0.1');
    else server.listen(where);
    servers.push(server);
    await once(server, 'listening');
    return server;
  }

  beforeAll(async () => {
    folder = temporaryFolder();
    probe = path.join(path.dirname(nativeProgram('confine')), 'confine-probe');
    for (const name of ['input', 'output', 'beside', 'secret']) writeFileSync(at(name), name, { mode: 0o600 });
    mkdirSync(at('folder'));
    ports.tcp = ((await listen(0)).address() as AddressInfo).port;
    await listen(at('socket'));
    datagrams = createSocket('udp4').bind(0, '127.0.0.1');
    await once(datagrams, 'listening');
    ports.udp = datagrams.address().port;
    bystander = spawn(probe, ['wait', '-']);
    process.env.TATIN_TEST_SECRET = 'secret';
  });
  afterAll(() => {
    delete process.env.TATIN_TEST_SECRET;
    bystander.kill('SIGKILL');
    datagrams.close();
    for (const server of servers) server.close();
    folder[Symbol.dispose]();
  });

  /** What the probe can do without confinement. */
  function freely(what: string, on: string, more = '0'): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const child = execFile(probe, [what, on, more]);
    child.once('close', (code) => resolve(code ?? -1));
    return promise;
  }

  async function confined(
    what: string,
    on: string | ((files: HandedFiles) => string),
    { more = '0', files = new HandedFiles(), memory = 64 * mebibyte } = {},
  ): Promise<ConfinedResult> {
    const args = [what, typeof on === 'string' ? on : on(files), more];
    return await runConfined({ program: probe, args, files, maxFileBytes: mebibyte, maxMemoryBytes: memory }, never);
  }

  async function withFile<T>(name: string, flags: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
    await using handle = await open(at(name), flags);
    return await use(handle);
  }

  it('reads what is handed to it to be read, and writes what is handed to it to be written', async () => {
    await withFile('input', 'r', async (input) => {
      await withFile('output', 'r+', async (output) => {
        const files = new HandedFiles();
        const [reading, writing] = [files.read(input), files.write(output)];
        for (const [what, name] of [
          ['read', reading],
          ['read', writing],
          ['write', writing],
        ] as const)
          expect(await confined(what, name, { files })).toMatchObject({ code: 0, stderr: '' });
        for (const what of ['write', 'empty', 'shorten', 'mode', 'remove'])
          expect(await confined(what, reading, { files })).toMatchObject({ code: 1 });
      });
    });
    expect(readFileSync(at('input'), 'utf8')).toBe('input');
  });

  it('reads a file without a name', async () => {
    await using handle = await anonymousFile();
    await handle.writeFile('text');
    expect(await confined('read', (files) => files.read(handle))).toMatchObject({ code: 0 });
  });

  /** Each is done without confinement first: a check that can't fail checks nothing. */
  const forbidden: readonly (readonly [what: string, on: () => string, why: string])[] = [
    ['read', () => '/etc/shadow', 'EACCES'],
    ['read', () => at('beside'), 'EACCES'],
    ['read', () => '/proc/self/environ', 'EACCES'],
    ['read', () => `/proc/${process.pid}/cmdline`, 'EACCES'],
    ['write', () => at('beside'), 'EACCES'],
    ['make', () => at(`new-${Math.random()}`), 'EACCES'],
    ['empty', () => at('secret'), 'EPERM'],
    ['shorten', () => at('secret'), 'EPERM'],
    ['mode', () => at('beside'), 'EPERM'],
    ['list', () => at('folder'), 'EACCES'],
    ['list', () => '/etc', 'EACCES'],
    ['tcp', () => String(ports.tcp), 'EPERM'],
    ['udp', () => String(ports.udp), 'EPERM'],
    ['unix', () => at('socket'), 'EPERM'],
    ['listen', () => '-', 'EPERM'],
    ['pair', () => '-', 'EPERM'],
    ['execute', () => '/bin/sh', 'EACCES'],
    ['fork', () => '-', 'EPERM'],
    ['trace', () => String(bystander.pid), 'EPERM'],
    ['signal', () => String(bystander.pid), 'EPERM'],
    ['ring', () => '-', 'EPERM'],
    ['fill', () => String(256 * mebibyte), 'ENOMEM'],
    ['environment', () => 'TATIN_TEST_SECRET', 'no'],
  ];
  it.each(forbidden)('can not: %s', async (what, on, why) => {
    expect(await freely(what, on())).toBe(0);
    expect(await confined(what, on())).toMatchObject({ code: 1, stdout: `${why}\n` });
  });

  it('can’t delete, and leaves what is there as it was', async () => {
    linkSync(at('beside'), at('other'));
    expect(await confined('remove', at('other'))).toMatchObject({ code: 1, stdout: 'EACCES\n' });
    expect(await freely('remove', at('other'))).toBe(0);
  });

  it('makes no file longer than it may', async () => {
    expect(await freely('lengthen', at('output'), String(2 * mebibyte))).toBe(0);
    await withFile('output', 'r+', async (output) => {
      await output.truncate(0);
      const files = new HandedFiles();
      const name = files.write(output);
      expect(await confined('lengthen', name, { files, more: String(mebibyte) })).toMatchObject({ code: 0 });
      expect(await confined('lengthen', name, { files, more: String(2 * mebibyte) })).toMatchObject({ code: 1 });
    });
  });

  it('has nothing open but what is handed to it', async () => {
    await withFile('input', 'r', async (input) => {
      const files = new HandedFiles();
      files.read(input);
      expect(await confined('descriptor', '3', { files })).toMatchObject({ code: 0 });
      for (const number of ['4', '5', '100'])
        expect(await confined('descriptor', number, { files })).toMatchObject({ code: 1, stdout: 'EBADF\n' });
    });
  });

  it('does not start where something else than a regular file is handed to it', async () => {
    await using handle = await open(folder.path, 'r');
    await expect(confined('read', (files) => files.read(handle))).rejects.toMatchObject({ code: 'unexpected' });
  });

  it('ends when it is called off', async () => {
    const stop = new AbortController();
    const running = runConfined(
      { program: probe, args: ['wait', '-'], files: new HandedFiles(), maxFileBytes: 0, maxMemoryBytes: mebibyte * 64 },
      stop.signal,
    );
    const settled = running.then(
      () => 'ended',
      () => 'called off',
    );
    stop.abort();
    expect(await settled).toBe('called off');
  });

  it('ends with the process that started it', async () => {
    const libraries = ['/usr/lib', '/lib', '/lib64', '/etc/ld.so.cache'].flatMap((place) => ['--library', place]);
    const script = `
      const [launcher, ...rest] = process.argv.slice(1);
      const child = require('child_process').spawn(launcher, ['--parent', String(process.pid), ...rest], { stdio: 'ignore' });
      child.once('exit', () => process.exit(1));
      console.log(child.pid);`;
    const args = ['-e', script, nativeProgram('confine'), ...libraries, '--', probe, 'wait', '-'];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
      const child = `/proc/${line.trim()}`;
      // It waits in the system call for that, so it has come through its start.
      await expect.poll(() => [programOf(child), waitsIn(child)], patience).toEqual([probe, pauseCall]);
      expect(parent.exitCode).toBe(null);
      parent.kill('SIGKILL');
      await expect.poll(() => existsSync(child), patience).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

/** `pause` on x86-64; arm64 has `ppoll` for it (asm-generic/unistd.h). */
const pauseCall = process.arch === 'x64' ? 34 : 73;

/** The number of the system call that a process waits in. */
function waitsIn(processFolder: string): number | undefined {
  try {
    return Number(readFileSync(path.join(processFolder, 'syscall'), 'utf8').split(' ')[0]);
  } catch {
    return undefined;
  }
}

function programOf(processFolder: string): string | undefined {
  try {
    return readlinkSync(path.join(processFolder, 'exe'));
  } catch {
    return undefined;
  }
}

describe('anonymousFile', () => {
  it('has no name', async () => {
    using folder = temporaryFolder();
    await using handle = await anonymousFile(folder.path);
    await handle.writeFile('text');
    expect(readdirSync(folder.path)).toEqual([]);
    expect((await handle.stat()).mode & 0o777).toBe(0o600);
  });
});

describe('macProfile', () => {
  it('denies what it does not name, and names no path but the program’s and the system’s', () => {
    const lines = macProfile('/opt/homebrew/Cellar/qemu/10.1/bin/qemu-img', true).split('\n');
    expect(lines.slice(0, 2)).toEqual(['(version 1)', '(deny default)']);
    expect(lines).toContain('(allow process-exec (literal "/opt/homebrew/Cellar/qemu/10.1/bin/qemu-img"))');
    expect(lines.filter((line) => line.includes('network'))).toEqual(['(deny network*)']);
    expect(lines.filter((line) => line.includes('file-write'))).toEqual([
      '(allow file-read* file-write* (literal "/dev/null") (subpath "/dev/fd"))',
    ]);
  });

  it('keeps a path from being more than a path', () => {
    expect(macProfile('/a"))(allow default)("\\', false)).toContain('(literal "/a\\"))(allow default)(\\"\\\\")');
  });
});
