import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { portForwardSchema } from '../../contract/machine.ts';
import { ControlClient } from '../../guest/control-client.ts';
import { OtherProgram, askFcntl } from '../../library/testing/other-program.ts';
import { CanNotMount, mountVolume } from '../../library/testing/volume.ts';
import type { Machine } from '../machine.ts';
import { GuestLab, inGuest, reach, waitFor, waitForSerial } from '../testing/guest-lab.ts';
import { fillUp, freePort, signalByPython } from '../testing/host-side.ts';

/** A guest in software on a busy machine answers in its own time. */
const patience = { timeout: 100_000, interval: 200 };

const forever = new AbortController().signal;
const megabyte = 1_000_000;

/** A small volume that can be filled, where this user may mount one. */
function smallVolume(): (Disposable & { path: string }) | undefined {
  try {
    return mountVolume('tmpfs', 700 * megabyte);
  } catch (error) {
    if (error instanceof CanNotMount) return undefined;
    throw error;
  }
}

/** One guest, started once: its boot is most of what these tests take. They follow each other. */
describe('A machine with a guest', () => {
  const volume = smallVolume();
  let lab: GuestLab;
  let folder: string;
  let machine: Machine;
  let httpPort: number;
  const serialAtStart = { text: '' };

  beforeAll(async () => {
    lab = await GuestLab.open(volume === undefined ? undefined : path.join(volume.path, 'home'));
    httpPort = await freePort();
    const portForwards = [
      portForwardSchema.parse({ hostPort: httpPort, guestPort: 80 }),
      portForwardSchema.parse({ hostPort: await freePort(), guestPort: 22 }),
    ];
    folder = await lab.demo('demo, no. one', { annotations: { portForwards }, diskBytes: 2000 * megabyte });
    machine = await lab.start(folder);
    serialAtStart.text = await waitForSerial(machine, 'demo: up');
  });

  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    volume?.[Symbol.dispose]();
  });

  it('runs, and holds the lock that others see, with its own pid', async () => {
    await using other = OtherProgram.python(askFcntl, path.join(folder, 'config.json'));
    other.say('');
    const { state } = machine;
    expect(state).toMatchObject({ phase: 'running', owner: 'tatin' });
    expect(await other.line()).toBe(state.phase === 'running' ? String(state.pid) : '');
    expect(state.phase === 'running' && process.kill(state.pid, 0)).toBe(true);
  });

  it('has said on its serial port how it started, from the first byte', () => {
    expect(serialAtStart.text).toContain('BdsDxe');
    expect(readFileSync(path.join(folder, 'serial.log'), 'latin1')).toContain('demo: up');
  });

  it('gives several clients the serial port at once, and hears what each types', async () => {
    const [one, two] = await Promise.all([machine.openSerial(), machine.openSerial()]);
    try {
      await Promise.all([waitFor(one, 'demo: up'), waitFor(two, 'demo: up')]);
      one.write('\r');
      await waitFor(two, 'login: ');
      two.write('typed-by-two');
      await waitFor(one, 'typed-by-two');
    } finally {
      one.destroy();
      two.destroy();
    }
  });

  it('answers through its agent: exit codes, both streams, input, address', async () => {
    await expect
      .poll(
        () =>
          machine.agent.ping(forever).then(
            () => true,
            () => false,
          ),
        patience,
      )
      .toBe(true);
    const said = { stdout: '', stderr: '' };
    const stdin = (async function* () {
      await Promise.resolve();
      yield Buffer.from('typed in');
    })();
    const code = await machine.agent.exec(
      { path: 'sh', args: ['-c', 'cat; echo wrong >&2; exit 3'], stdin },
      {
        stdout: (bytes) => (said.stdout += Buffer.from(bytes).toString()),
        stderr: (bytes) => (said.stderr += Buffer.from(bytes).toString()),
      },
      forever,
    );
    expect({ code, ...said }).toEqual({ code: 3, stdout: 'typed in', stderr: 'wrong\n' });
    expect(await machine.agent.address(forever)).toMatchObject({ ip: '10.0.2.15', source: 'agent' });
    const missing = machine.agent.exec(
      { path: 'no-such-program', args: [] },
      { stdout: () => undefined, stderr: () => undefined },
      forever,
    );
    await expect(missing).rejects.toMatchObject({ code: 'agent-failed' });
  });

  it('serves Tart’s protocol on control.sock', async () => {
    const client = new ControlClient(path.join(folder, 'control.sock'));
    expect(await client.address(forever)).toMatchObject({ ip: '10.0.2.15' });
    let said = '';
    await client.exec(
      { path: 'uname', args: ['-m'] },
      { stdout: (bytes) => (said += Buffer.from(bytes).toString()), stderr: () => undefined },
      forever,
    );
    expect(said).toBe('x86_64\n');
  });

  it('shows its screen in any size', async () => {
    const [whole, small] = await Promise.all([machine.picture(8192), machine.picture(200)]);
    if (whole === undefined || small === undefined) throw new Error('There is no picture.');
    for (const picture of [whole, small]) {
      const image = PNG.sync.read(Buffer.from(picture.png));
      expect([image.width, image.height]).toEqual([picture.width, picture.height]);
      // A login screen has letters on it.
      expect(new Set(image.data).size).toBeGreaterThan(2);
    }
    expect(small.width).toBe(200);
    expect(small.height).toBe(Math.round((whole.height * 200) / whole.width));
  });

  it('speaks RFB on its console', async () => {
    const console = await machine.openConsole();
    expect(await waitFor(console, /^RFB \d{3}\.\d{3}\n/)).toBeTruthy();
    console.destroy();
  });

  it('counts what it takes of the host', async () => {
    const samples = await machine.usage();
    expect(samples.length).toBeGreaterThan(1);
    expect(samples.at(-1)?.memoryBytes).toBeGreaterThan(50 * megabyte);
    expect(Math.max(...samples.map(({ cpuFraction }) => cpuFraction))).toBeGreaterThan(0.01);
    expect(Math.max(...samples.map(({ cpuFraction }) => cpuFraction))).toBeLessThan(2);
  });

  it('is reached through a port forward', async () => {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/`);
    expect(await answer.text()).toMatch(/<html/i);
  });

  it('cannot reach what listens on the host’s loopback only, but what the host offers to all', async () => {
    const local = createServer((_request, response) => response.end('secret')).listen(0, '127.0.0.1');
    const open = createServer((_request, response) => response.end('welcome')).listen(0, '0.0.0.0');
    await Promise.all([once(local, 'listening'), once(open, 'listening')]);
    const portOf = (server: typeof local) => (server.address() as AddressInfo).port;
    try {
      // The guest's `nc` does not notice that the other end has gone, and says the last again and again.
      const get = (host: string, port: number) =>
        inGuest(machine, `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 6 nc -w 3 ${host} ${port} 2>&1 || true`);
      const hosts = ['10.0.2.2', '10.0.2.3', '127.0.0.1'];
      for (const heard of await Promise.all(hosts.map((host) => get(host, portOf(local)))))
        expect(heard).not.toContain('secret');
      const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      const address = own.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
      if (address !== undefined)
        await vi.waitFor(async () => expect(await get(address, portOf(open))).toContain('welcome'), patience);
      expect(machine.state).not.toHaveProperty('warning');
    } finally {
      local.close();
      open.close();
    }
  });

  it('is shown and steered by another app too, and goes on when that is killed', async () => {
    await using app = OtherProgram.node(
      path.join(import.meta.dirname, '../testing/attach.ts'),
      lab.runtimeFolder,
      folder,
    );
    expect(await app.line()).toBe('running');
    await machine.pause();
    expect(machine.state.phase).toBe('paused');
    expect([await app.line(), await app.line()]).toEqual(['pausing', 'paused']);
    app.kill();
    await app.ended();
    await machine.resume();
    expect(machine.state.phase).toBe('running');
    expect(await inGuest(machine, 'echo still here')).toBe('still here');
  });

  it('refuses what makes no sense now', async () => {
    await expect(machine.resume()).rejects.toMatchObject({ code: 'state-not-allowed' });
    await expect(lab.start(folder)).rejects.toMatchObject({ code: 'vm-running' });
  });

  it('gives another VM that has its MAC address a new one', async () => {
    const mac = (vm: string) => lab.library.get(path.basename(vm)).then(({ config }) => config.macAddress);
    const twin = await lab.empty('twin');
    const config = path.join(twin, 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace(await mac(twin), await mac(folder)));
    expect(await mac(twin)).toBe(await mac(folder));
    const second = await lab.start(twin);
    expect(await mac(twin)).not.toBe(await mac(folder));
    await second.forceStop();
    expect(second.state).toEqual({ phase: 'stopped' });
  });

  it('is paused with the reason when the host’s disk is full, and goes on unharmed after', async (context) => {
    if (volume === undefined) {
      context.skip('no volume can be mounted here');
      return;
    }
    const filler = path.join(volume.path, 'filler');
    await fillUp(filler);
    await inGuest(
      machine,
      '(dd if=/dev/urandom of=/written bs=1M count=30 && sync && echo done > /tmp/written) >/dev/null 2>&1 &',
    );
    await reach(machine, 'paused');
    expect(machine.state).toMatchObject({ error: { code: 'no-space' } });
    rmSync(filler);
    await machine.resume();
    expect(await inGuest(machine, 'while ! [ -e /tmp/written ]; do sleep 0.1; done; wc -c < /written')).toBe(
      '31457280',
    );
    expect(await inGuest(machine, 'dmesg | grep -ci "i/o error" || true')).toBe('0');
    await inGuest(machine, 'rm /written; sync; fstrim / || true');
  });

  it('is suspended by the signal that Tart sends, with a picture kept', async () => {
    await inGuest(machine, 'i=0; (while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.1; done) >/dev/null 2>&1 &');
    await inGuest(machine, 'while ! [ -s /tmp/count ]; do sleep 0.1; done');
    await signalByPython(path.join(folder, 'config.json'), 'SIGUSR1');
    expect(await machine.ended(forever)).toMatchObject({ phase: 'suspended' });
    expect(existsSync(path.join(folder, 'state.qemu', 'plan.json'))).toBe(true);
    expect(existsSync(path.join(folder, 'state.qemu.partial'))).toBe(false);
    expect(existsSync(path.join(folder, 'control.sock'))).toBe(false);
    expect(PNG.sync.read(readFileSync(path.join(folder, 'picture.png'))).width).toBeGreaterThan(100);
    expect((await lab.library.get(path.basename(folder))).suspendedAt).toBeInstanceOf(Date);
    expect(await lab.driver.attach(folder)).toBeUndefined();
  });

  it('is not resumed on a disk that was changed meanwhile, and keeps its state', async () => {
    const disk = path.join(folder, 'disk.img');
    const { atime, mtime } = statSync(disk);
    utimesSync(disk, atime, new Date(mtime.getTime() + 5000));
    await expect(lab.start(folder)).rejects.toMatchObject({
      code: 'saved-state-invalid',
      message: expect.stringContaining('disk.img') as string,
    });
    utimesSync(disk, atime, mtime);
    expect(existsSync(path.join(folder, 'state.qemu', 'memory'))).toBe(true);
  });

  it('goes on where it was, with the right time', async () => {
    machine = await lab.start(folder);
    expect(existsSync(path.join(folder, 'state.qemu'))).toBe(false);
    expect(existsSync(path.join(folder, 'state.qemu.partial'))).toBe(false);
    const count = Number(await inGuest(machine, 'cat /tmp/count'));
    expect(count).toBeGreaterThan(0);
    await expect.poll(() => inGuest(machine, 'cat /tmp/count').then(Number), patience).toBeGreaterThan(count);
    const late = async () => Math.abs(Date.now() / 1000 - Number(await inGuest(machine, 'date +%s')));
    await expect.poll(late, patience).toBeLessThan(5);
    expect(await waitForSerial(machine, 'demo: up')).toContain('BdsDxe');
    expect(await (await fetch(`http://127.0.0.1:${httpPort}/`)).text()).toMatch(/<html/i);
  });

  it('shuts down politely at the signal that Tart sends', async () => {
    await signalByPython(path.join(folder, 'config.json'), 'SIGUSR2');
    expect(await machine.ended(forever)).toEqual({ phase: 'stopped' });
    expect(await lab.driver.lastFailure(folder)).toBeUndefined();
    expect(readFileSync(path.join(folder, 'serial.log'), 'latin1')).toMatch(/going down|Power down/i);
    expect((await lab.library.get(path.basename(folder))).lockPid).toBeUndefined();
  });
});
