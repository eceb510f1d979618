import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programsWithoutPasst } from '../hypervisor/testing/host-side.ts';
import { laySavedGuest } from '../hypervisor/testing/saved-guest.ts';
import { runLockPid } from '../files/locks.ts';
import { OtherProgram } from '../library/testing/other-program.ts';
import { builtCli, TatinHome } from './testing/tatin.ts';
import { terminalDriver } from './testing/terminal-driver.ts';

const silent = { exitCode: 0, out: '', err: '' };

/** One guest of QEMU for all of it, in the order of its life: each test begins where the one before ended. */
describe('a machine in the terminal', () => {
  let home: TatinHome;
  beforeAll(() => {
    home = new TatinHome();
  });
  afterAll(async () => {
    await home.run(['stop', 'guest', '--force']);
    home[Symbol.dispose]();
  });

  const up = () => home.run(['serial', 'guest', '--until', 'demo: up', '--timeout', '110']);
  const state = async (name = 'guest') => {
    const { out } = await home.run(['list', '--format', 'json']);
    return (JSON.parse(out) as { Name: string; State: string }[]).find(({ Name }) => Name === name)?.State;
  };
  const lockOwner = () => runLockPid(path.join(home.vms, 'guest', 'config.json'));

  it('is not there after its making was interrupted', async () => {
    const child = home.start(['create', 'guest', '--demo']);
    let said = '';
    child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    // A step is told when it has begun.
    await once(child.stderr!, 'data');
    child.kill('SIGINT');
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(said).toMatch(/Cancelled\.\n$/);
    expect(await home.run(['list'])).toEqual(silent);
    expect(readdirSync(path.join(home.path, 'tmp'))).toEqual([]);
  });

  it('is made from the demo guest', async () => {
    const { exitCode, out } = await home.run(['create', 'guest', '--demo', '--cpu', '1', '--memory', '512']);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: '' });
    const { out: json } = await home.run(['get', 'guest', '--format', 'json']);
    expect(JSON.parse(json)).toMatchObject({ OS: 'linux', CPU: 1, Memory: 512, Disk: 4, State: 'stopped' });
    expect(await home.run(['create', 'guest', '--linux'])).toMatchObject({ exitCode: 1 });
  });

  it('is not there for the commands that need it running', async () => {
    for (const command of [
      ['stop', 'guest'],
      ['suspend', 'guest'],
      ['ip', 'guest'],
      ['exec', 'guest', 'ls'],
      ['serial', 'guest'],
    ])
      expect(await home.run(command)).toEqual({ exitCode: 2, out: '', err: 'VM "guest" is not running\n' });
    for (const command of [
      ['pause', 'guest'],
      ['screenshot', 'guest', 'x.png'],
    ])
      expect(await home.run(command)).toMatchObject({ exitCode: 2, out: '' });
  });

  it('runs in the background, once, and says when it is up', async () => {
    expect(await home.run(['run', 'guest', '--detach', '--no-graphics'])).toEqual(silent);
    expect(await home.run(['run', 'guest'])).toEqual({ exitCode: 2, out: '', err: 'VM "guest" is already running!\n' });
    const { exitCode, out } = await up();
    expect(exitCode).toBe(0);
    expect(out).toContain('demo: up');
    expect(await home.run(['serial', 'guest', '--until', 'never said', '--timeout', '1'])).toMatchObject({
      exitCode: 1,
      err: 'guest has not printed "never said" within 1 seconds.\n',
    });
  });

  it('runs commands, whose input, output, words and exit code are their own', async () => {
    expect(
      await home.run(['exec', 'guest', 'sh', '-c', 'echo "$0 $1"; echo no >&2; exit 7', 'a  b', '--help']),
    ).toEqual({
      exitCode: 7,
      out: 'a  b --help\n',
      err: 'no\n',
    });
    expect(await home.run(['exec', '-i', 'guest', 'cat'], 'two\nlines\n')).toEqual({ ...silent, out: 'two\nlines\n' });
    expect(await home.run(['exec', 'guest', '--', 'true'])).toEqual(silent);
    expect(await home.run(['exec', 'guest', 'no-such-program'])).toMatchObject({ exitCode: 1, out: '' });
    expect(await home.run(['exec', '-t', 'guest', 'ls'])).toMatchObject({ exitCode: 1, out: '' });
  });

  it('has an address and a screen', async () => {
    expect((await home.run(['ip', 'guest', '--wait', '20'])).out).toMatch(/^(\d{1,3}\.){3}\d{1,3}\n$/);
    expect(await home.run(['ip', 'guest', '--resolver', 'arp'])).toMatchObject({ exitCode: 1, out: '' });
    const file = path.join(home.folder, 'screen.png');
    expect(await home.run(['screenshot', 'guest', file])).toEqual(silent);
    expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
  });

  it('is held and let go', async () => {
    expect(await home.run(['pause', 'guest'])).toEqual(silent);
    expect(await home.run(['pause', 'guest'])).toMatchObject({ exitCode: 1 });
    expect(await home.run(['resume', 'guest'])).toEqual(silent);
  });

  it('ends when the owner of its lock is interrupted, as tart stop does', async () => {
    const owner = lockOwner();
    await using other = OtherProgram.python(
      'import os, sys; os.kill(int(sys.argv[1]), 2); print("sent")',
      String(owner),
    );
    expect(await other.line()).toBe('sent');
    while (lockOwner() !== undefined) await delay(50);
    expect(await state()).toBe('stopped');
  });

  it('answers at a forwarded port, and goes on where it was suspended', async () => {
    const port = await freePort();
    expect(await home.run(['run', 'guest', '-d', '--forward', `${port}:80`, '--no-keyboard'])).toEqual(silent);
    expect((await up()).exitCode).toBe(0);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    const mark = ['exec', 'guest', 'sh', '-c', 'echo kept > /run/mark'];
    expect(await home.run(mark)).toEqual(silent);
    expect(await home.run(['suspend', 'guest'])).toEqual(silent);
    expect(await state()).toBe('suspended');
    expect(await home.run(['set', 'guest', '--cpu', '2'])).toMatchObject({ exitCode: 1 });
    expect(await home.run(['run', 'guest', '--detach'])).toEqual(silent);
    expect((await home.run(['exec', 'guest', 'cat', '/run/mark'])).out).toBe('kept\n');
  });

  it('tells when stopping throws a saved state away', async () => {
    expect(await home.run(['suspend', 'guest'])).toEqual(silent);
    expect(await home.run(['stop', 'guest'])).toEqual({
      ...silent,
      err: 'guest was suspended. Its saved state is discarded: the next run boots.\n',
    });
    expect(await state()).toBe('stopped');
  });

  it('keeps a terminal until it ends, and takes Ctrl-C there as a request to shut down', async () => {
    await laySavedGuest(path.join(home.vms, 'other'));
    const child = home.start(['run', 'other']);
    let said = '';
    child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const ended = once(child, 'close');
    while (!said.includes('other is running.')) {
      await Promise.race([once(child.stderr!, 'data'), ended]);
      if (child.exitCode !== null) throw new Error(`It ended: ${said}`);
    }
    expect(await home.run(['exec', 'other', 'true'])).toEqual(silent);
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    await ended;
    expect(child.exitCode).toBe(0);
    expect(said).toContain('other was asked to shut down.\n');
    expect(said).toMatch(/other has shut down\.\n$/);
    expect(await state('other')).toBe('stopped');
  });

  it('talks over its serial console in a terminal, which it outlives', async () => {
    const command = ['env', ...environment(home), process.execPath, builtCli, 'run', 'guest', '--serial'];
    await using driver = OtherProgram.python(terminalDriver, ...command);
    const ask = (line: string) => {
      driver.say(line);
      return driver.line();
    };
    expect(await ask('wait login: ')).toBe('shown');
    await ask('type admin\\r');
    expect(await ask('wait assword: ')).toBe('shown');
    await ask('type admin\\r');
    expect(await ask('wait $ ')).toBe('shown');
    await ask('type echo $((6*7))\\r');
    expect(await ask('wait \\n42\\r')).toBe('shown');
    await ask('type \\x1d');
    expect(await ask('wait Detached from the console.')).toBe('shown');
    driver.kill();
    expect(await state()).toBe('running');
    expect(await home.run(['stop', 'guest', '--force'])).toEqual(silent);
    expect(await state()).toBe('stopped');
  });
});

it('a machine that starts in the background without a network says so first', async () => {
  using home = new TatinHome();
  await home.run(['create', 'lonely', '--linux', '--disk-size', '1']);
  const PATH = `${path.dirname(process.execPath)}:${programsWithoutPasst(home.folder)}`;
  const { exitCode, err } = await home.run(['run', '--detach', 'lonely'], '', { PATH });
  try {
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: expect.stringMatching(/^lonely: The guest has no network, because passt is not installed/) as string,
    });
    expect((await home.run(['events', 'lonely'])).out).toContain('passt is not installed');
  } finally {
    await home.run(['stop', 'lonely', '--force']);
  }
});

/** The variables of a home as words for env(1). */
function environment(home: TatinHome): string[] {
  const names = ['TART_HOME', 'TATIN_STATE', 'TATIN_RUNTIME', 'TATIN_CACHE'];
  return names.map((name) => `${name}=${home.environment[name] ?? ''}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
