import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../contract/doctor.ts';
import { AppError } from '../contract/errors.ts';
import type { Host } from '../contract/host.ts';
import { runCommand } from '../host/command-runner.ts';
import type { Library } from '../library/library.ts';
import { FolderLock } from '../files/locks.ts';
import { layDownVm, makeVm, temporaryFolder, temporaryLibrary } from '../library/testing/temporary-home.ts';
import type { Check, CheckContext } from './check.ts';
import { allChecks } from './checks.ts';
import { Doctor } from './doctor.ts';

const host: Host = {
  ...{ platform: 'linux', arch: 'amd64', noun: 'This computer', processor: 'x', cpuCount: 2, version: '0' },
  ...{ memoryBytes: 8 * 1024 ** 3, memoryAvailableBytes: 4 * 1024 ** 3, places: [] },
  home: { path: '/home', freeBytes: 100e9, totalBytes: 200e9 },
  guests: [{ os: 'linux', arch: 'amd64', driver: 'qemu', accelerator: 'KVM' }],
  demoGuest: { available: true, bytes: 1 },
};

/** A healthy computer, but for what a test breaks. */
async function practice(more: (library: Library) => Partial<CheckContext> = () => ({})) {
  const home = await temporaryLibrary();
  const folder = temporaryFolder();
  const surroundings: CheckContext = {
    platform: 'linux',
    library: home.library,
    host: () => Promise.resolve(host),
    homes: () => Promise.resolve([]),
    runtimeFolder: path.join(folder.path, 'run'),
    cacheFolder: path.join(folder.path, 'cache'),
    run: runCommand,
    environment: {},
    interfaces: () => ({}),
    now: () => new Date(),
    ...more(home.library),
  };
  mkdirSync(surroundings.runtimeFolder);
  const doctor = new Doctor(allChecks, surroundings);
  const signal = new AbortController().signal;
  return {
    ...{ library: home.library, runtimeFolder: surroundings.runtimeFolder, doctor, signal },
    check: async (id: string): Promise<CheckResult> => {
      const result = (await doctor.examine(signal)).checks.find((check) => check.id === id);
      if (result === undefined) throw new Error(`no check ${id}`);
      return result;
    },
    fix: (id: string, fixId: string) => doctor.fix(id, fixId, signal),
    [Symbol.dispose]: () => {
      home[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('The doctor', () => {
  it('finds nothing wrong with a home that is well, and looks at it in every way', async () => {
    using here = await practice();
    await makeVm(here.library, 'well');
    const { checks } = await here.doctor.examine(here.signal);
    const ofTheHome = [
      'unreadable-machines',
      'tag-links',
      'temporary-files',
      'stale-sockets',
      'stray-processes',
      'saved-states',
    ];
    expect(checks.map(({ id }) => id).sort()).toEqual(allChecks.map(({ id }) => id).sort());
    expect(checks.filter(({ id, state }) => ofTheHome.includes(id) && state !== 'passed')).toEqual([]);
    for (const { title, summary, lookedAt } of checks) expect([title, summary, lookedAt].every(Boolean)).toBe(true);
  });

  it('tries with packets whether guests reach the loopback, and tells which machines may', async () => {
    using here = await practice();
    await makeVm(here.library, 'opened');
    await here.library.annotate('opened', { network: { mode: 'nat', hostLoopback: true } });
    const { state, summary, lookedAt } = await here.check('closed-network');
    // Without passt, or where it does not start, there is no network to try.
    if (summary.includes('no network')) expect(state).toBe('attention');
    else {
      expect([state, summary]).toEqual(['passed', expect.stringMatching(/can’t reach.*but for opened/)]);
      expect(lookedAt).toMatch(/9 forms of the loopback.*: none arrived/);
    }
  });

  it('says that a check could not look, and goes on with the others', async () => {
    using here = await practice((library) => ({
      library: Object.assign(Object.create(library) as Library, {
        list: () => Promise.reject(new AppError('home-unavailable', 'The drive is gone.')),
      }),
    }));
    expect(await here.check('unreadable-machines')).toMatchObject({
      state: 'failed',
      summary: 'This could not be checked. The drive is gone.',
    });
    expect((await here.check('free-space')).state).toBe('passed');
  });

  it('puts the worst first', async () => {
    using here = await temporaryLibrary();
    const check = (id: string, state: 'failed' | 'attention' | 'passed'): Check => ({
      ...{ id, title: id },
      look: () => Promise.resolve({ state, summary: 's', lookedAt: 'l' }),
    });
    const all = [check('a', 'passed'), check('b', 'failed'), check('c', 'attention'), check('d', 'failed')];
    const doctor = new Doctor(all, { library: here.library, now: () => new Date() } as CheckContext);
    const { checks } = await doctor.examine(new AbortController().signal);
    expect(checks.map(({ id }) => id)).toEqual(['b', 'd', 'c', 'a']);
  });

  it('cures nothing that is not ill', async () => {
    using here = await practice();
    await expect(here.fix('tag-links', 'remove-links')).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(here.fix('nothing', 'x')).rejects.toMatchObject({ code: 'not-allowed' });
  });
});

describe('On a computer that was broken on purpose, the doctor', () => {
  it('names folders that are no machines', async () => {
    using here = await practice();
    layDownVm(here.library, 'broken', '{ "version" : ');
    await makeVm(here.library, 'well');
    const result = await here.check('unreadable-machines');
    expect(result).toMatchObject({ state: 'attention', lookedAt: `Read 2 folders in ${here.library.home.vms}.` });
    expect(result.details).toMatch(/^broken: /);
  });

  it('removes tags that lead nowhere, and no others', async () => {
    using here = await practice();
    const repository = path.join(here.library.home.cache, 'OCIs', 'localhost%3A5000', 'ci', 'debian');
    mkdirSync(path.join(repository, 'sha256:aa'), { recursive: true });
    symlinkSync(path.join(repository, 'sha256:aa'), path.join(repository, 'good'));
    for (const tag of ['old', 'older']) symlinkSync(path.join(repository, 'sha256:gone'), path.join(repository, tag));
    const before = await here.check('tag-links');
    expect(before).toMatchObject({
      state: 'attention',
      fixes: [{ id: 'remove-links', title: 'Remove 2 Links', kind: 'safe' }],
    });
    expect(before.details).toContain('sha256:gone');
    expect(await here.fix('tag-links', 'remove-links')).toMatchObject({ state: 'passed' });
    expect(readdirSync(repository).sort()).toEqual(['good', 'sha256:aa']);
  });

  it('repairs the tags of a home that was moved or copied by hand, and removes none of them', async () => {
    using here = await practice();
    const repository = path.join(here.library.home.cache, 'OCIs', 'ghcr.io', 'ci', 'debian');
    const old = temporaryFolder();
    using _old = old;
    // Of the one, the folder where it was is gone; of the other, a copy is still there.
    for (const name of ['sha256:aa', 'sha256:bb']) mkdirSync(path.join(repository, name), { recursive: true });
    mkdirSync(path.join(old.path, 'sha256:bb'));
    symlinkSync('/nowhere/cache/OCIs/ghcr.io/ci/debian/sha256:aa', path.join(repository, 'moved'));
    symlinkSync(path.join(old.path, 'sha256:bb'), path.join(repository, 'copied'));
    symlinkSync(path.join(repository, 'sha256:gone'), path.join(repository, 'lost'));
    const before = await here.check('tag-links');
    expect(before.summary).toMatch(/^2 tags point to another folder .* 1 tag points to an image/);
    expect(before.fixes.map(({ title }) => title)).toEqual(['Repair 2 Links', 'Remove 1 Link']);
    await here.fix('tag-links', 'repair-links');
    expect(readlinkSync(path.join(repository, 'moved'))).toBe(path.join(repository, 'sha256:aa'));
    expect(readlinkSync(path.join(repository, 'copied'))).toBe(path.join(repository, 'sha256:bb'));
    expect((await here.fix('tag-links', 'remove-links')).state).toBe('passed');
    expect(readdirSync(repository).sort()).toEqual(['copied', 'moved', 'sha256:aa', 'sha256:bb']);
  });

  it('sweeps what was left, and not what somebody works on', async () => {
    using here = await practice();
    for (const name of ['LEFT', 'BUSY']) {
      mkdirSync(path.join(here.library.home.tmp, name));
      writeFileSync(path.join(here.library.home.tmp, name, 'disk.img'), Buffer.alloc(2_000_000, 1));
    }
    using _busy = FolderLock.tryAcquire(path.join(here.library.home.tmp, 'BUSY'));
    expect(await here.check('temporary-files')).toMatchObject({ state: 'attention', details: 'LEFT: 2 MB' });
    expect(await here.fix('temporary-files', 'sweep')).toMatchObject({ state: 'passed' });
    expect(readdirSync(here.library.home.tmp)).toEqual(['BUSY']);
  });

  it('removes the socket of a machine that does not run', async () => {
    using here = await practice();
    const folder = await makeVm(here.library, 'was-killed');
    const socket = path.join(folder, 'control.sock');
    // A process that is killed leaves its socket behind.
    const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script, socket]), 'exit');
    expect(lstatSync(socket).isSocket()).toBe(true);
    expect(await here.check('stale-sockets')).toMatchObject({ state: 'attention', details: socket });
    expect(await here.fix('stale-sockets', 'remove-sockets')).toMatchObject({ state: 'passed' });
    expect(lstatSync(socket, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('finds a guest whose host process was killed, and ends it when told to', async () => {
    using here = await practice();
    const folder = path.join(here.runtimeFolder, '0123456789abcdef');
    mkdirSync(folder);
    const guest = spawn('sleep', ['1000'], { cwd: folder });
    const dead = spawn('true');
    await once(dead, 'exit');
    const running = { hostPid: dead.pid, qemuPid: guest.pid, since: new Date().toISOString(), folders: [] };
    writeFileSync(path.join(folder, 'running.json'), JSON.stringify(running));
    const found = await here.check('stray-processes');
    expect(found).toMatchObject({ state: 'failed', details: `process ${guest.pid} in ${folder}` });
    expect(found.fixes).toMatchObject([{ kind: 'ask', title: 'End 1 Process…' }]);
    const ended = once(guest, 'exit');
    await here.fix('stray-processes', 'end-strays');
    expect((await ended)[1]).toBe('SIGKILL');
    expect(await here.check('stray-processes')).toMatchObject({ state: 'passed' });
  });

  it('says which machine can not go on where it was suspended', async () => {
    using here = await practice();
    const folder = await makeVm(here.library, 'suspended', { arch: 'amd64' });
    mkdirSync(path.join(folder, 'state.qemu'));
    writeFileSync(path.join(folder, 'state.qemu', 'plan.json'), '{}');
    const found = await here.check('saved-states');
    expect(found.state).toBe('attention');
    expect(found.details).toMatch(/^suspended: .*damaged/);
    expect(await here.fix('saved-states', 'discard')).toMatchObject({ state: 'passed' });
    expect((await here.library.get('suspended')).suspendedAt).toBeUndefined();
  });

  it('tells that the disk is full, the memory used up and the home gone', async () => {
    const ill = { ...host, memoryAvailableBytes: 1, home: { ...host.home, freeBytes: 1e9 } };
    using here = await practice(() => ({ host: () => Promise.resolve(ill) }));
    expect(await here.check('free-space')).toMatchObject({
      state: 'failed',
      fixes: [{ kind: 'place', place: 'images' }],
    });
    expect(await here.check('free-memory')).toMatchObject({ state: 'attention' });
    rmSync(here.library.home.path, { recursive: true });
    expect((await here.check('unreadable-machines')).state).not.toBe('passed');
  });

  it('reads a Mac by the programs of a Mac', async () => {
    const asked: string[] = [];
    using here = await practice(() => ({
      platform: 'darwin',
      environment: { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' },
      run: (program, args) => {
        asked.push([program, ...args].join(' '));
        const locked = program.endsWith('security');
        return Promise.resolve({
          exitCode: locked ? 36 : 0,
          stdout: '',
          stderr: locked ? 'User interaction is not allowed.' : '',
        });
      },
    }));
    const { checks } = await here.doctor.examine(here.signal);
    expect(checks.find(({ id }) => id === 'keychain')).toMatchObject({ state: 'failed' });
    expect(asked).toContain('/usr/bin/security show-keychain-info login.keychain');
    expect(asked).toContain('/bin/ps -axo pid=,comm=');
    expect(checks.find(({ id }) => id === 'address-range')).toMatchObject({
      state: 'passed',
      summary: '0 of 253 addresses taken',
    });
  });

  it('does not take a socket that is answered for a stale one of a running machine', async () => {
    using here = await practice();
    const folder = await makeVm(here.library, 'runs');
    const server = createServer().listen(path.join(folder, 'control.sock'));
    await once(server, 'listening');
    try {
      const { RunLock } = await import('../files/locks.ts');
      using _lock = RunLock.tryAcquire(path.join(folder, 'config.json'));
      expect(await here.check('stale-sockets')).toMatchObject({ state: 'passed' });
    } finally {
      server.close();
    }
  });
});
