import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portForwardSchema } from '../../contract/machine.ts';
import { printConfig } from '../../library/config.ts';
import { OtherProgram, holdFcntl, holdFlock } from '../../library/testing/other-program.ts';
import type { RunOptions } from '../machine.ts';
import { GuestLab } from '../testing/guest-lab.ts';
import { QemuDriver } from './qemu-driver.ts';

/** Another QEMU that uses a disk and waits. */
const useDisk = `
import socket, subprocess, sys, os, tempfile
folder = tempfile.mkdtemp()
server = socket.socket(socket.AF_UNIX); server.bind(folder + '/q'); server.listen()
qemu = subprocess.Popen(['qemu-system-x86_64', '-M', 'q35', '-nodefaults', '-display', 'none', '-S',
  '-blockdev', 'driver=raw,node-name=d,file.driver=file,file.filename=' + sys.argv[1],
  '-device', 'virtio-blk-pci,drive=d', '-chardev', 'socket,id=q,path=%s/q,server=off' % folder, '-mon', 'chardev=q,mode=control'])
connection, _ = server.accept()
connection.recv(10)
print('using')
sys.stdin.readline()
qemu.kill(); qemu.wait()
print('done')
sys.stdin.readline()
`;

describe('A machine that can’t be started', () => {
  let lab: GuestLab;
  let folder: string;

  beforeAll(async () => {
    lab = await GuestLab.open();
    folder = await lab.empty('broken');
  });

  afterAll(() => lab[Symbol.asyncDispose]());

  /** Starts it, which must fail, and makes sure that nothing is left of the attempt. */
  async function refused(options: RunOptions = {}, driver = lab.driver) {
    const before = readdirSync(folder).sort();
    const failure: unknown = await driver.start(folder, options, new AbortController().signal).then(
      () => 'It started.',
      (error: unknown) => error,
    );
    const known = new Set(['qemu.log', 'qemu-vars.fd', 'serial.log']);
    expect(
      readdirSync(folder)
        .sort()
        .filter((leaf) => !known.has(leaf)),
    ).toEqual(before.filter((leaf) => !known.has(leaf)));
    expect(await driver.attach(folder)).toBeUndefined();
    expect(await driver.lastFailure(folder)).toBeUndefined();
    return failure;
  }

  it('because a port is taken, says which', async () => {
    await using python = OtherProgram.python(`
import socket, sys
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
print(s.getsockname()[1]); sys.stdin.readline()`);
    const hostPort = Number(await python.line());
    const portForwards = [portForwardSchema.parse({ hostPort, guestPort: 80 })];
    expect(await refused({ portForwards })).toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining(String(hostPort)) as string,
    });
  });

  it('because another QEMU uses its disk, and then can', async () => {
    const disk = path.join(folder, 'disk.img');
    await using other = OtherProgram.python(useDisk, disk);
    expect(await other.line()).toBe('using');
    expect(await refused()).toMatchObject({ code: 'disk-in-use', retry: true });
    other.say('');
    expect(await other.line()).toBe('done');
    const machine = await lab.start(folder);
    expect(machine.state.phase).toBe('running');
    await machine.forceStop();
  });

  it('because another program has locked a further disk', async () => {
    const disk = path.join(lab.library.home.path, 'data.img');
    writeFileSync(disk, Buffer.alloc(1_000_000));
    await using other = OtherProgram.python(holdFlock, disk);
    expect(await other.line()).toBe('locked');
    const extraDisks = [{ path: disk, readOnly: false }];
    expect(await refused({ extraDisks })).toMatchObject({
      code: 'disk-in-use',
      message: expect.stringContaining('data.img') as string,
    });
  });

  it('because a further disk or a shared folder is missing', async () => {
    const gone = path.join(lab.library.home.path, 'gone');
    const extraDisks = [{ path: `${gone}.iso`, readOnly: true }];
    expect(await refused({ extraDisks })).toMatchObject({ code: 'file-not-found' });
    const sharedFolders = [{ name: 'gone', path: gone, readOnly: false }];
    expect(await refused({ sharedFolders })).toMatchObject({ code: 'file-not-found' });
  });

  it('because another program runs it', async () => {
    await using tart = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
    expect(await tart.line()).toBe('locked');
    const failure = await lab.driver.start(folder, {}, new AbortController().signal).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'vm-running' });
  });

  it('because it wants more memory than there is, or is for a Mac', async () => {
    const { config } = await lab.library.get('broken');
    const file = path.join(folder, 'config.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, printConfig({ ...config, memorySize: 2 ** 50 }));
    expect(await refused()).toMatchObject({ code: 'not-enough-memory' });
    writeFileSync(file, printConfig({ ...config, os: 'darwin', arch: 'arm64', ecid: 'a', hardwareModel: 'b' }));
    expect(await refused()).toMatchObject({ code: 'wrong-architecture' });
    writeFileSync(file, '{ "version": 1');
    expect(await refused()).toMatchObject({ code: 'vm-unreadable' });
    writeFileSync(file, text);
  });

  it('because it is not there', async () => {
    const missing = path.join(lab.library.home.vms, 'missing');
    const failure = await lab.driver.start(missing, {}, new AbortController().signal).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'vm-not-found' });
  });

  it('because it was suspended on a Mac', async () => {
    const state = path.join(folder, 'state.vzvmsave');
    writeFileSync(state, '');
    expect(await refused()).toMatchObject({
      code: 'saved-state-invalid',
      hint: expect.stringMatching(/[Dd]iscard/) as string,
    });
    rmSync(state);
  });

  it('because QEMU is missing', async () => {
    const before = process.env.PATH;
    const cacheFolder = path.join(lab.library.home.path, 'cache-without-qemu');
    mkdirSync(cacheFolder);
    process.env.PATH = cacheFolder;
    try {
      const driver = new QemuDriver({ runtimeFolder: lab.runtimeFolder, cacheFolder });
      expect(await refused({}, driver)).toMatchObject({
        code: 'no-hypervisor',
        message: expect.stringContaining('qemu-system-x86') as string,
      });
    } finally {
      process.env.PATH = before;
    }
  });

  it.each([0, 1, 200, 500])('because the start was called off after %i ms', async (afterMs) => {
    const stop = new AbortController();
    const starting = lab.driver.start(folder, {}, stop.signal);
    setTimeout(() => stop.abort(), afterMs);
    const outcome = await starting.catch((error: unknown) => error);
    // A fast computer may be done before the longest of these.
    if (outcome instanceof Error) {
      expect(outcome).toMatchObject({ code: 'cancelled' });
      expect(await lab.driver.attach(folder)).toBeUndefined();
    } else await (await lab.driver.attach(folder))?.forceStop();
    const machine = await lab.start(folder);
    await machine.forceStop();
  });

  it('because its host process can’t be', async () => {
    const options = { runtimeFolder: lab.runtimeFolder, cacheFolder: lab.runtimeFolder };
    const driver = new QemuDriver({ ...options, vmHostEntry: path.join(folder, 'no-such.ts') });
    expect(await refused({}, driver)).toMatchObject({ code: 'start-failed' });
  });
});
