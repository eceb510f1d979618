import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MachineState, Phase } from '../contract/machine.ts';
import { machineStateSchema } from '../contract/machine.ts';
import type { Library } from '../library/library.ts';
import { runLockPid } from '../files/locks.ts';
import type { Driver, Machine } from './machine.ts';
import { readRunning, runFolderOf } from './shared/run-folder.ts';
import { GuestLab } from './testing/guest-lab.ts';
import { signalByPython } from './testing/host-side.ts';
import { VzLab } from './vz/testing/vz-lab.ts';

/** What every driver keeps of what `Driver` and `Machine` promise: by real QEMU, and by the stand-in of a Mac's framework. */
interface DriverLab extends AsyncDisposable {
  readonly driver: Driver;
  readonly library: Library;
  /** A machine without a system on its disk that can be suspended on this platform; returns its folder. */
  machine(name: string): Promise<string>;
  /** Lets a running machine end as no machine should. */
  crash(folder: string): Promise<void>;
  /** Why the platform does not allow something. */
  readonly notHere: { readonly otherApps?: string };
}

async function openQemu(): Promise<DriverLab> {
  const lab = await GuestLab.open();
  return {
    driver: lab.driver,
    library: lab.library,
    machine: (name) => lab.empty(name),
    crash: async (folder) => {
      const running = await readRunning(runFolderOf(lab.runtimeFolder, folder));
      if (running === undefined) throw new Error(`${folder} does not run.`);
      process.kill(running.qemuPid, 'SIGKILL');
    },
    notHere: {},
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

async function openVz(): Promise<DriverLab> {
  const lab = await VzLab.open();
  return {
    driver: lab.driver,
    library: lab.library,
    machine: (name) => lab.mac(name),
    crash: (folder) => {
      const at = lab.standIn.machines.findLast(({ document }) => JSON.stringify(document).includes(`${folder}/`));
      at?.guestCrashes('The virtual machine stopped unexpectedly.');
      return Promise.resolve();
    },
    notHere: { otherApps: 'a machine of the framework lives in the process that started it' },
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}

const forever = new AbortController().signal;
const offline = { network: { mode: 'none' } } as const;

describe.each([
  ['qemu', openQemu],
  ['vz', openVz],
] as const)('A machine of the driver %s', (kind, open) => {
  let lab: DriverLab;
  beforeEach(async () => {
    lab = await open();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const start = (folder: string): Promise<Machine> => lab.driver.start(folder, offline, forever);
  const lockOf = (folder: string): number | undefined => runLockPid(path.join(folder, 'config.json'));

  /** The phases of a machine from now on, each once in a row; every state is one that interfaces know. */
  function phasesOf(machine: Machine): Phase[] {
    const seen: Phase[] = [];
    machine.onState((state: MachineState) => {
      expect(machineStateSchema.parse(state)).toEqual(state);
      if (seen.at(-1) !== state.phase) seen.push(state.phase);
    });
    return seen;
  }

  it('runs once, with Tart’s lock, and is found by whoever asks', async () => {
    const folder = await lab.machine('web');
    expect(await lab.driver.attach(folder)).toBeUndefined();
    const machine = await start(folder);
    expect(lab.driver.kind).toBe(kind);
    expect(machine).toMatchObject({ name: 'web', folder });
    expect(machine.state).toMatchObject({ phase: 'running', owner: 'tatin', pid: lockOf(folder) });
    expect((await lab.driver.attach(folder))?.state).toEqual(machine.state);
    await expect(start(folder)).rejects.toMatchObject({ code: 'vm-running' });
    expect(machine.state.phase).toBe('running');
  });

  it('pauses, goes on and is reset, and refuses what makes no sense then', async () => {
    const machine = await start(await lab.machine('web'));
    const seen = phasesOf(machine);
    await expect(machine.resume()).rejects.toMatchObject({ code: 'state-not-allowed' });
    await machine.pause();
    expect(machine.state.phase).toBe('paused');
    await expect(machine.pause()).rejects.toMatchObject({ code: 'state-not-allowed' });
    await expect(machine.reset()).rejects.toMatchObject({ code: 'state-not-allowed' });
    await machine.resume();
    await machine.reset();
    expect(machine.state.phase).toBe('running');
    expect(seen.filter((phase) => phase === 'paused' || phase === 'running')).toEqual(
      expect.arrayContaining(['paused', 'running']),
    );
    expect(seen.indexOf('paused')).toBeLessThan(seen.lastIndexOf('running'));
    expect(seen).not.toContain('stopped');
  });

  it('is turned off, tells so last, and is free for the next start', async () => {
    const folder = await lab.machine('web');
    const machine = await start(folder);
    const seen = phasesOf(machine);
    await machine.forceStop();
    expect(await machine.ended(forever)).toEqual({ phase: 'stopped' });
    expect(seen.at(-1)).toBe('stopped');
    expect(lockOf(folder)).toBeUndefined();
    expect(existsSync(path.join(folder, 'control.sock'))).toBe(false);
    expect(await lab.driver.attach(folder)).toBeUndefined();
    expect(await lab.driver.lastFailure(folder)).toBeUndefined();
    const again = await start(folder);
    expect(again.state.phase).toBe('running');
    // Who looked at the run before is told nothing of this one.
    expect(machine.state).toEqual({ phase: 'stopped' });
    expect(seen.at(-1)).toBe('stopped');
  });

  it('fails at once when it crashes, with the reason, which is kept until the next start', async () => {
    const folder = await lab.machine('web');
    const machine = await start(folder);
    await lab.crash(folder);
    expect(await machine.ended(forever)).toMatchObject({ phase: 'failed', error: { code: 'guest-crashed' } });
    expect(lockOf(folder)).toBeUndefined();
    const failure = await lab.driver.lastFailure(folder);
    expect(failure?.error).toMatchObject({ code: 'guest-crashed' });
    expect(failure?.error).toEqual(machine.state.phase === 'failed' ? machine.state.error : undefined);
    await start(folder);
    expect(await lab.driver.lastFailure(folder)).toBeUndefined();
  });

  it('is suspended to disk and goes on, and only once', async () => {
    const folder = await lab.machine('web');
    const machine = await start(folder);
    const seen = phasesOf(machine);
    await machine.suspend();
    expect(await machine.ended(forever)).toMatchObject({ phase: 'suspended' });
    expect(seen.slice(-2)).toEqual(['saving', 'suspended']);
    expect(lockOf(folder)).toBeUndefined();
    expect((await lab.library.get('web')).suspendedAt).toBeDefined();
    const again = await start(folder);
    expect(again.state.phase).toBe('running');
    expect((await lab.library.get('web')).suspendedAt).toBeUndefined();
  });

  it.each([
    ['SIGUSR1', 'suspended'],
    ['SIGINT', 'stopped'],
  ])('does what Tart asks by %s', async (signal, phase) => {
    const folder = await lab.machine('web');
    const machine = await start(folder);
    await signalByPython(path.join(folder, 'config.json'), signal);
    expect(await machine.ended(forever)).toMatchObject({ phase });
    expect(await lab.driver.lastFailure(folder)).toBeUndefined();
  });

  it('is one of several at once, of which each ends by itself', async () => {
    const folders = [await lab.machine('one'), await lab.machine('two')];
    const [one, two] = await Promise.all(folders.map(start));
    if (one === undefined || two === undefined) throw new Error('Two were started.');
    const seen = phasesOf(two);
    await one.forceStop();
    expect(two.state).toMatchObject({ phase: 'running' });
    expect(seen).toEqual([]);
  });

  it('is not started for whoever has called that off', async () => {
    const folder = await lab.machine('web');
    const config = readFileSync(path.join(folder, 'config.json'), 'utf8');
    await expect(lab.driver.start(folder, offline, AbortSignal.abort())).rejects.toBeDefined();
    expect(lockOf(folder)).toBeUndefined();
    expect(await lab.driver.attach(folder)).toBeUndefined();
    expect(readFileSync(path.join(folder, 'config.json'), 'utf8')).toBe(config);
    expect((await start(folder)).state.phase).toBe('running');
  });

  it('says that no agent answers, rather than waiting for one', async () => {
    const machine = await start(await lab.machine('web'));
    await expect(machine.agent.ping(AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: 'agent-unavailable' });
    await expect(machine.agent.address(AbortSignal.timeout(20_000))).rejects.toMatchObject({
      code: 'agent-unavailable',
    });
  });

  it('goes on when an app lets go of it, and tells another that attaches', async (context) => {
    context.skip(lab.notHere.otherApps !== undefined, lab.notHere.otherApps);
    const folder = await lab.machine('web');
    const machine = await start(folder);
    const other = await lab.driver.attach(folder);
    machine.detach();
    expect(other?.state.phase).toBe('running');
    await other?.pause();
    expect(other?.state.phase).toBe('paused');
  });
});
