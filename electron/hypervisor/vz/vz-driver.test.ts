import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveControlSocket } from '../../guest/control-server.ts';
import { runLockPid } from '../../files/locks.ts';
import { waitFor } from '../testing/guest-lab.ts';
import { signalByPython } from '../testing/host-side.ts';
import type { AddonStandIn } from './testing/addon-stand-in.ts';
import { macFacts } from './testing/mac-facts.ts';
import { VzLab } from './testing/vz-lab.ts';
import type { VzRunOptions } from './run-options.ts';
import { VzDriver } from './vz-driver.ts';

const forever = new AbortController().signal;

let lab: VzLab;
let standIn: AddonStandIn;
let driver: VzDriver;

beforeEach(async () => {
  lab = await VzLab.open();
  ({ standIn, driver } = lab);
});
afterEach(() => lab[Symbol.asyncDispose]());

const linux = (name: string) => lab.linux(name);
const mac = (name: string) => lab.mac(name);
const native = () => lab.native();
const start = (folder: string, options: VzRunOptions = {}) => driver.start(folder, options, forever);
const configOf = (folder: string) => path.join(folder, 'config.json');

describe('A machine of Virtualization.framework', () => {
  it('runs, with Tart’s lock and a store made where there was none', async () => {
    const folder = await linux('web');
    const machine = await start(folder);
    expect(machine.state).toMatchObject({ phase: 'running', owner: 'tatin', pid: runLockPid(configOf(folder)) });
    expect(machine.name).toBe('web');
    expect(readFileSync(path.join(folder, 'nvram.bin'), 'utf8')).toBe('a store of the framework');
    expect(await driver.attach(folder)).toBe(machine);
    await expect(start(folder)).rejects.toMatchObject({ code: 'vm-running' });
  });

  it('leaves a store alone that is there', async () => {
    const folder = await linux('web');
    writeFileSync(path.join(folder, 'nvram.bin'), 'as it was');
    await start(folder);
    expect(standIn.calls).not.toContain('createVariableStore');
    expect(readFileSync(path.join(folder, 'nvram.bin'), 'utf8')).toBe('as it was');
  });

  it('shuts down when the guest obeys, and is free then', async () => {
    const folder = await linux('web');
    const machine = await start(folder);
    await machine.shutDown();
    expect(await machine.ended(forever)).toEqual({ phase: 'stopped' });
    expect(native().isClosed).toBe(true);
    expect(runLockPid(configOf(folder))).toBeUndefined();
    expect(await driver.attach(folder)).toBeUndefined();
    expect((await start(folder)).state.phase).toBe('running');
  });

  it('stays up when the guest does not obey, until the power is taken', async () => {
    const machine = await start(await linux('web'));
    native().obeys = false;
    await machine.shutDown();
    expect(machine.state).toMatchObject({ phase: 'stopping', how: 'asked' });
    await machine.forceStop();
    expect(await machine.ended(forever)).toEqual({ phase: 'stopped' });
  });

  it('is reset without ending', async () => {
    const machine = await start(await linux('web'));
    await machine.reset();
    expect(machine.state.phase).toBe('running');
    expect(standIn.calls.filter((call) => call === 'start')).toHaveLength(2);
  });

  it('says so when its network is cut', async () => {
    const machine = await start(await linux('web'));
    const error = { message: 'Gone', domain: 'VZErrorDomain', code: 7 };
    native().tell({ event: 'networkDisconnected', index: 0, error });
    expect(machine.state).toMatchObject({ phase: 'running', warning: expect.stringContaining('Gone') as string });
  });

  it('shares its serial port, with what was said before', async () => {
    const machine = await start(await linux('web'));
    const { serial } = native();
    serial?.write('login: ');
    const [first, second] = await Promise.all([machine.openSerial(), machine.openSerial()]);
    expect(await waitFor(first, 'login: ')).toContain('started');
    second.write('root\n');
    expect(serial && (await waitFor(serial, 'root\n'))).toBe('root\n');
  });

  it('joins clients of control.sock with the agent in the guest', async () => {
    const folder = await linux('web');
    const socketPath = path.join(lab.root, 'agent.sock');
    await using _agent = await serveControlSocket(socketPath, {
      exec: () => Promise.reject(new Error('not here')),
      address: () => Promise.resolve('192.168.64.7'),
    });
    standIn.agent = () => connect(socketPath);
    const machine = await start(folder);
    expect(await machine.agent.address(AbortSignal.timeout(60_000))).toMatchObject({ ip: '192.168.64.7' });
    expect(standIn.calls).toContain('connect 8080');
    await expect.poll(() => standIn.calls, { timeout: 60_000 }).toContain('letGoOfConnection 1');
    standIn.agent = undefined;
    await expect(machine.agent.ping(AbortSignal.timeout(60_000))).rejects.toMatchObject({ code: 'agent-unavailable' });
    await machine.forceStop();
    await machine.ended(forever);
    expect(existsSync(path.join(folder, 'control.sock'))).toBe(false);
  });

  it('says why it is not started', async () => {
    const folder = await linux('web');
    standIn.failures.set('start', { message: 'Internal', domain: 'VZErrorDomain', code: 7, reason: 'No network' });
    await expect(start(folder)).rejects.toMatchObject({ code: 'start-failed', message: /No network/ });
    expect(native().isClosed).toBe(true);
    expect(runLockPid(configOf(folder))).toBeUndefined();
    rmSync(path.join(folder, 'disk.img'));
    await expect(start(folder)).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(driver.start(folder, {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('has a drive of the host opened, and says why it can’t be', async () => {
    const folder = await linux('web');
    const drive = { path: '/dev/null', readOnly: true };
    await start(folder, { extraDisks: [drive] });
    const [, disk] = native().document.storage;
    expect(disk?.attachment).toEqual({
      kind: 'block',
      descriptor: expect.any(Number) as number,
      readOnly: true,
      synchronization: 'full',
    });
    const nowhere = { path: '/dev/tatin-nowhere', readOnly: false };
    await expect(start(await linux('other'), { extraDisks: [nowhere] })).rejects.toMatchObject({
      code: 'file-not-found',
    });
  });

  it('tells which terminal its second serial port is', async () => {
    const machine = await start(await linux('web'), { serial: 'terminal' });
    expect(machine.state).toMatchObject({ warning: 'Its serial port is /dev/ttys007.' });
    expect(native().document.serialPorts).toHaveLength(2);
  });

  it('gets Softnet’s frames by a descriptor', async () => {
    const program = path.join(lab.root, 'softnet');
    writeFileSync(program, '#!/bin/sh\nexec sleep 600\n');
    chmodSync(program, 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${lab.root}:${before ?? ''}`;
    // The stand-in's descriptors are none of this process's; its numbers would be taken for them.
    standIn.descriptors.openPair = (kind) => (kind === 'datagram' ? { here: 0, there: 0 } : standIn.openPair());
    try {
      const machine = await start(await linux('web'), { networks: [{ kind: 'softnet' }] });
      expect(native().document.networks[0]?.attachment).toMatchObject({ kind: 'descriptor', descriptor: 0 });
      await machine.forceStop();
      await machine.ended(forever);
    } finally {
      process.env.PATH = before;
    }
  });

  it('has Rosetta installed where it is missing', async () => {
    standIn.facts = macFacts({ rosetta: 'notInstalled' });
    await start(await linux('web'));
    expect(standIn.calls).not.toContain('installRosetta');
    await start(await linux('other'), { rosetta: { tag: 'rosetta' } });
    expect(standIn.calls.indexOf('installRosetta')).toBeLessThan(standIn.calls.lastIndexOf('Machine'));
    expect(native().document.shares).toEqual([{ tag: 'rosetta', share: { kind: 'rosetta' } }]);
    expect(standIn.calls.filter((call) => call === 'installRosetta')).toHaveLength(1);
  });

  it('is not started where Rosetta is refused, and says how to bring it', async () => {
    standIn.facts = macFacts({ rosetta: 'notInstalled' });
    standIn.failures.set('installRosetta', { message: 'Cancelled', domain: 'VZErrorDomain', code: 9 });
    const folder = await linux('web');
    await expect(start(folder, { rosetta: { tag: 'rosetta' } })).rejects.toMatchObject({
      code: 'not-supported',
      hint: expect.stringContaining('softwareupdate') as string,
    });
    expect(standIn.calls).not.toContain('Machine');
    expect(runLockPid(configOf(folder))).toBeUndefined();
  });
});

describe('A macOS machine', () => {
  it('is suspended and goes on, with the same devices', async () => {
    const folder = await mac('sequoia');
    const machine = await start(folder);
    await machine.suspend();
    expect(await machine.ended(forever)).toMatchObject({ phase: 'suspended' });
    expect(readFileSync(path.join(folder, 'state.vzvmsave'), 'utf8')).toBe('saved');
    const before = native().document;
    const resumed = await start(folder, { suspendable: false });
    expect(resumed.state.phase).toBe('running');
    expect(native().document).toEqual({ ...before, serialPorts: native().document.serialPorts });
    expect(existsSync(path.join(folder, 'state.vzvmsave'))).toBe(false);
    expect(standIn.calls.filter((call) => ['restoreState', 'resume'].includes(call))).toEqual([
      'restoreState',
      'resume',
    ]);
  });

  it('keeps a saved state that can’t be resumed', async () => {
    const folder = await mac('sequoia');
    const saved = path.join(folder, 'state.vzvmsave');
    writeFileSync(saved, 'of another Mac');
    standIn.failures.set('restoreState', {
      message: 'No',
      domain: 'VZErrorDomain',
      code: 12,
      reason: 'permission denied',
    });
    await expect(start(folder)).rejects.toMatchObject({ code: 'saved-state-invalid' });
    expect(readFileSync(saved, 'utf8')).toBe('of another Mac');
  });

  it('goes on when it can’t be saved', async () => {
    const folder = await mac('sequoia');
    const machine = await start(folder);
    standIn.failures.set('saveState', { message: 'Full', domain: 'VZErrorDomain', code: 8 });
    await expect(machine.suspend()).rejects.toMatchObject({ code: 'no-space' });
    expect(machine.state.phase).toBe('running');
    expect(existsSync(path.join(folder, 'state.vzvmsave'))).toBe(false);
    native().saveProblem = 'Unsupported device';
    await expect(machine.suspend()).rejects.toMatchObject({ code: 'suspend-failed', details: 'Unsupported device' });
    expect(machine.state.phase).toBe('running');
  });

  it('is asked to shut down by the signal that Tart has for that', async () => {
    const folder = await mac('sequoia');
    const machine = await start(folder);
    await signalByPython(configOf(folder), 'SIGUSR2');
    expect(await machine.ended(forever)).toEqual({ phase: 'stopped' });
    expect(standIn.calls).toContain('requestStop');
  });

  it('loses its power when its lock is killed, as Tart does in the end', async () => {
    const folder = await mac('sequoia');
    const machine = await start(folder);
    process.kill(runLockPid(configOf(folder)) ?? 0, 'SIGKILL');
    expect(await machine.ended(forever)).toEqual({ phase: 'stopped' });
    expect(native().isClosed).toBe(true);
  });

  it('is the third that is refused, by name', async () => {
    await start(await mac('one'));
    await start(await mac('two'));
    const third = await mac('three');
    await expect(start(third)).rejects.toMatchObject({ code: 'machine-limit', message: /“one” and “two”/ });
    expect(runLockPid(configOf(third))).toBeUndefined();
  });

  it('is refused by macOS for guests that nobody here knows', async () => {
    standIn.failures.set('start', { message: 'Limit', domain: 'VZErrorDomain', code: 6 });
    await expect(start(await mac('one'))).rejects.toMatchObject({
      code: 'machine-limit',
      message: /none of them is in this library/,
    });
  });
});

describe('The driver for Virtualization.framework', () => {
  it('says what it runs', async () => {
    const accelerator = 'Virtualization.framework';
    expect(await driver.guests()).toEqual([
      { os: 'darwin', arch: 'arm64', driver: 'vz', accelerator },
      { os: 'linux', arch: 'arm64', driver: 'vz', accelerator },
      { os: 'linux', arch: 'amd64', driver: 'vz', notAvailable: expect.stringContaining('arm64') as string },
    ]);
    const intel = new VzDriver({
      load: () => ({ addon: standIn.addon, facts: macFacts({ macGuests: false }) }),
      architecture: 'x64',
    });
    expect((await intel.guests()).map(({ notAvailable }) => notAvailable === undefined)).toEqual([false, false, true]);
  });

  it('says why it runs nothing where it is not at home', async () => {
    const elsewhere = new VzDriver();
    expect((await elsewhere.guests()).every(({ notAvailable }) => notAvailable !== undefined)).toBe(true);
    await expect(elsewhere.start(await linux('web'), {}, forever)).rejects.toMatchObject({ code: 'no-hypervisor' });
  });
});
