import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { VmConfig } from './config.ts';
import { OtherProgram, holdFcntl, holdFlock } from './testing/other-program.ts';
import { layDownVm, quietWork, temporaryLibrary } from './testing/temporary-home.ts';

const mebibyte = 1024 ** 2;

function configOf(folder: string): VmConfig {
  return JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as VmConfig;
}

describe('Library.clone', () => {
  it('copies what belongs to the VM, and nothing of its runs', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    writeFileSync(path.join(folder, 'disk.img'), Buffer.alloc(mebibyte, 1), { flag: 'r+' });
    for (const leaf of [
      'qemu-vars.fd',
      'picture.png',
      'serial.log',
      'qemu.log',
      'last-run.json',
      'control.sock',
      'manifest.json',
    ])
      writeFileSync(path.join(folder, leaf), leaf);
    await here.library.annotate('a', {
      notes: 'mine',
      portForwards: [{ protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 2222, guestPort: 22, label: '' }],
    });
    const clone = await here.library.clone('a', 'b', quietWork());
    expect(readdirSync(clone.folder).sort()).toEqual([
      'config.json',
      'disk.img',
      'nvram.bin',
      'picture.png',
      'qemu-vars.fd',
      'tatin.json',
    ]);
    execFileSync('cmp', [path.join(folder, 'disk.img'), path.join(clone.folder, 'disk.img')]);
    expect(readFileSync(path.join(clone.folder, 'nvram.bin'), 'utf8')).toBe('made by a Mac');
    expect(clone.annotations).toMatchObject({ notes: 'mine', portForwards: [{ hostPort: 2222 }] });
  });

  it.each(['extra.img', 'nvram.bin', 'picture.png', 'state.qemu'])(
    'takes nothing along that %s leads to, unless it was allowed',
    async (leaf) => {
      using here = await temporaryLibrary();
      const folder = layDownVm(here.library, 'a');
      const outside = path.join(here.library.home.path, 'mine');
      writeFileSync(outside, 'mine');
      await here.library.annotate('a', { extraDisks: [{ path: path.join(folder, 'extra.img'), readOnly: false }] });
      rmSync(path.join(folder, leaf), { force: true });
      symlinkSync(outside, path.join(folder, leaf));
      await expect(here.library.clone('a', 'b', quietWork())).rejects.toMatchObject({ code: 'paths-not-confirmed' });
      await here.library.confirmPaths('a', [{ path: outside, writable: true }]);
      await here.library.clone('a', 'b', quietWork());
    },
  );

  it('has a MAC address of its own, and everything else of config.json the same', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    const clone = await here.library.clone('a', 'b', quietWork());
    const [{ macAddress: old, ...before }, { macAddress: fresh, ...after }] = [
      configOf(folder),
      configOf(clone.folder),
    ];
    expect(fresh).not.toBe(old);
    expect(after).toEqual({ ...before, diskFormat: 'raw' });
  });

  it.each(['state.vzvmsave', 'state.qemu'])(
    'takes %s along, and then keeps the MAC address that the guest knows',
    async (leaf) => {
      using here = await temporaryLibrary();
      const folder = layDownVm(here.library, 'a');
      mkdirSync(path.join(folder, leaf, 'deep'), { recursive: true });
      writeFileSync(path.join(folder, leaf, 'deep', 'memory'), 'state');
      const clone = await here.library.clone('a', 'b', quietWork());
      expect(readFileSync(path.join(clone.folder, leaf, 'deep', 'memory'), 'utf8')).toBe('state');
      expect(clone.suspendedAt).toBeInstanceOf(Date);
      expect(configOf(clone.folder).macAddress).toBe(configOf(folder).macAddress);
    },
  );

  it('keeps the holes of the disk', async () => {
    using here = await temporaryLibrary();
    const vm = await here.library.create({ name: 'a', os: 'linux', diskBytes: 40e9 }, quietWork());
    writeFileSync(path.join(vm.folder, 'disk.img'), 'boot', { flag: 'r+' });
    const clone = await here.library.clone('a', 'b', quietWork());
    expect(clone.diskBytes).toBe(40e9);
    expect(clone.allocatedBytes).toBeLessThan(mebibyte);
  });

  it('counts as a use of the original', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    utimesSync(folder, 1_500_000_000, 1_500_000_000);
    await here.library.clone('a', 'b', quietWork());
    expect(statSync(folder).mtimeMs).toBe(1_500_000_000_000);
    expect(statSync(folder).atimeMs).toBeGreaterThan(1_600_000_000_000);
  });

  it('tells its progress in bytes and leaves nothing when it is called off', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    writeFileSync(path.join(folder, 'disk.img'), Buffer.alloc(20 * mebibyte, 1));
    const controller = new AbortController();
    const seen: number[] = [];
    const clone = here.library.clone('a', 'b', {
      signal: controller.signal,
      progress: ({ bytesDone, bytesTotal }) => {
        expect(bytesTotal).toBe(20 * mebibyte);
        seen.push(bytesDone ?? 0);
        if (seen.length === 2) controller.abort();
      },
    });
    await expect(clone).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toEqual([4 * mebibyte, 8 * mebibyte]);
    expect(readdirSync(here.library.home.vms)).toEqual(['a']);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });

  it('refuses a VM that runs', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    await using other = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
    expect(await other.line()).toBe('locked');
    await expect(here.library.clone('a', 'b', quietWork())).rejects.toMatchObject({
      code: 'vm-running',
      message: expect.stringContaining(String(other.pid)) as string,
    });
  });

  it('gives up when the VM is started before the copy is done', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    // The copy waits for the home's lock at its end, and that is the moment to start the original.
    await using tart = OtherProgram.python(holdFlock, here.library.home.path);
    expect(await tart.line()).toBe('locked');
    const clone = here.library.clone('a', 'b', quietWork());
    clone.catch(() => undefined);
    await using runner = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
    expect(await runner.line()).toBe('locked');
    tart.say('let go');
    await expect(clone).rejects.toMatchObject({ code: 'vm-running' });
    expect(existsSync(path.join(here.library.home.vms, 'b'))).toBe(false);
  });

  it('gives up when the disk was written to meanwhile', async () => {
    using here = await temporaryLibrary();
    const disk = path.join(layDownVm(here.library, 'a'), 'disk.img');
    writeFileSync(disk, Buffer.alloc(10 * mebibyte, 1));
    const clone = here.library.clone('a', 'b', {
      signal: new AbortController().signal,
      progress: () => writeFileSync(disk, 'guest', { flag: 'r+' }),
    });
    await expect(clone).rejects.toMatchObject({ code: 'vm-running', retry: true });
    expect(readdirSync(here.library.home.vms)).toEqual(['a']);
  });

  it('refuses a disk that another program uses, and keeps others off while it copies', async () => {
    using here = await temporaryLibrary();
    const disk = path.join(layDownVm(here.library, 'a'), 'disk.img');
    {
      await using other = OtherProgram.python(holdFlock, disk);
      expect(await other.line()).toBe('locked');
      await expect(here.library.clone('a', 'b', quietWork())).rejects.toMatchObject({ code: 'disk-in-use' });
    }
    await using tart = OtherProgram.python(holdFlock, here.library.home.path);
    expect(await tart.line()).toBe('locked');
    const clone = here.library.clone('a', 'b', quietWork());
    await vi.waitFor(() => expect(readdirSync(here.library.home.tmp)).toHaveLength(1), { timeout: 30_000 });
    await using late = OtherProgram.python(holdFlock, disk);
    expect(await late.line()).toBe('refused');
    tart.say('let go');
    expect(await clone).toMatchObject({ name: 'b' });
  });

  it('refuses names that are taken or not allowed, and originals that are not there or broken', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    layDownVm(here.library, 'b', '{');
    const clone = (from: string, to: string) => here.library.clone(from, to, quietWork());
    await expect(clone('a', 'b')).rejects.toMatchObject({ code: 'vm-exists' });
    await expect(clone('a', 'a')).rejects.toMatchObject({ code: 'vm-exists' });
    await expect(clone('a', '../b')).rejects.toMatchObject({ code: 'name-not-allowed' });
    await expect(clone('none', 'c')).rejects.toMatchObject({ code: 'vm-not-found' });
    await expect(clone('b', 'c')).rejects.toMatchObject({ code: 'vm-unreadable' });
  });
});
