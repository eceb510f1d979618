import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { type MachineState, type MachineVm, type Vm, vmSchema } from '../../contract/machine.ts';
import { Log } from '../../host/log.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { Library } from '../../library/library.ts';
import { holdFcntl, OtherProgram } from '../../library/testing/other-program.ts';
import { layDownVm, makeVm, temporaryFolder } from '../../library/testing/temporary-home.ts';
import { type MachineChange, MachineService } from './machine-service.ts';
import { FakeDriver, FakeMachine, pngOf } from '../testing/fake-driver.ts';

const patience = { timeout: 20_000 };
let folder: ReturnType<typeof temporaryFolder>;
let library: Library;
let driver: FakeDriver;
let machines: MachineService;
beforeEach(async () => {
  folder = temporaryFolder();
  library = await Library.open(path.join(folder.path, 'home'));
  driver = new FakeDriver();
  machines = new MachineService({ library, driver, log: new Log(folder.path) });
});
afterEach(() => {
  machines.close();
  folder[Symbol.dispose]();
});

const configPath = (name: string): string => path.join(library.home.vmFolder(name), tartFiles.config);
const phaseOf = (vm: Vm | undefined): string => (vm?.kind === 'machine' ? vm.state.phase : (vm?.kind ?? 'gone'));

/** Follows the list as an interface does, by events alone. */
function follow(): { rows: Map<string, Vm>; phases: string[]; changes: MachineChange[]; off: () => void } {
  const rows = new Map<string, Vm>();
  const phases: string[] = [];
  const changes: MachineChange[] = [];
  const off = machines.onChange((change) => {
    changes.push(change);
    if (change.kind === 'removed') rows.delete(change.name);
    else {
      if (change.kind === 'replaced') rows.clear();
      for (const vm of change.kind === 'replaced' ? change.vms : [change.vm]) {
        expect(vmSchema.parse(vm)).toEqual(vm);
        rows.set(vm.name, vm);
        if (phases.at(-1) !== phaseOf(vm)) phases.push(phaseOf(vm));
      }
    }
  });
  return { rows, phases, changes, off };
}

async function machineRow(name: string): Promise<MachineVm> {
  const vm = await machines.get(name);
  if (vm.kind !== 'machine') throw new Error(`${name} is ${vm.kind}`);
  return vm;
}

/** Starts a VM, and gives the machine behind it. */
async function started(name: string): Promise<FakeMachine> {
  await machines.start(name);
  return driver.started.at(-1)!;
}

describe('the list', () => {
  it('joins folders with what is known beside them, by name', async () => {
    await makeVm(library, 'b');
    await makeVm(library, 'a');
    mkdirSync(library.home.vmFolder('broken'));
    writeFileSync(configPath('broken'), '{');
    const vms = await machines.list();
    expect(vms.map((vm) => [vm.name, phaseOf(vm)])).toEqual([
      ['a', 'stopped'],
      ['b', 'stopped'],
      ['broken', 'unreadable'],
    ]);
    for (const vm of vms) expect(vmSchema.parse(vm)).toEqual(vm);
  });

  it('says why the last run failed, until the next start', async () => {
    await makeVm(library, 'a');
    driver.failure = { at: new Date(), error: { code: 'guest-crashed', message: 'It crashed.' } };
    expect((await machineRow('a')).state).toMatchObject({ phase: 'failed', error: { code: 'guest-crashed' } });
    await started('a');
    expect((await machineRow('a')).state.phase).toBe('running');
  });

  it('does not wait for the host to find out what it can run, and tells of it then', async () => {
    const found = Promise.withResolvers<Awaited<ReturnType<FakeDriver['guests']>>>();
    driver.guestsNow = () => found.promise;
    await makeVm(library, 'a', { arch: 'arm64' });
    const { rows } = follow();
    expect(await machines.list()).toHaveLength(1);
    expect(rows.get('a')).not.toHaveProperty('notRunnable');
    found.resolve([{ os: 'linux', arch: 'arm64', driver: 'qemu', notAvailable: 'There is no QEMU.' }]);
    await vi.waitFor(() => expect(rows.get('a')).toMatchObject({ notRunnable: 'There is no QEMU.' }), patience);
    await expect(machines.start('a')).rejects.toMatchObject({ code: 'not-supported' });
  });

  it('follows the disk while somebody listens', async () => {
    const { rows } = follow();
    layDownVm(library, 'new');
    await vi.waitFor(() => expect(phaseOf(rows.get('new'))).toBe('stopped'), patience);
    await library.rename('new', 'newer');
    await vi.waitFor(() => expect([...rows.keys()]).toEqual(['newer']), patience);
    await library.delete('newer', 'permanent');
    await vi.waitFor(() => expect(rows.size).toBe(0), patience);
  });

  it('says that the home is gone, and has it all again when it is back', async () => {
    await makeVm(library, 'a');
    const { rows, changes } = follow();
    await machines.list();
    renameSync(library.home.path, `${library.home.path}.away`);
    await vi.waitFor(
      () => expect(changes.at(-1)).toMatchObject({ kind: 'replaced', error: { code: 'home-unavailable' } }),
      patience,
    );
    expect(rows.size).toBe(0);
    await expect(machines.list()).rejects.toMatchObject({ code: 'home-unavailable' });
    renameSync(`${library.home.path}.away`, library.home.path);
    await vi.waitFor(() => expect(rows.size).toBe(1), patience);
    expect(await machines.list()).toHaveLength(1);
  });
});

describe('its listeners', () => {
  it('hear of what one of them caused after what caused it, all in one order', async () => {
    await makeVm(library, 'a');
    const told: unknown[] = [];
    const next = { at: '2026-01-01T00:00:00.000Z', action: 'start' } as const;
    const offFirst = machines.onChange((change) => {
      if (change.kind === 'changed') machines.setSupervision('a', { nextAction: next });
    });
    const offLast = machines.onChange((change) => {
      if (change.kind === 'changed' && change.vm.kind === 'machine') told.push(change.vm.supervision?.nextAction);
    });
    await machines.list();
    await library.annotate('a', { notes: 'changed' });
    await expect.poll(() => told.length, patience).toBeGreaterThanOrEqual(2);
    expect(told.slice(0, 2)).toEqual([undefined, next]);
    offFirst();
    offLast();
  });
});

describe('a machine', () => {
  it('goes through its life as its events tell', async () => {
    await makeVm(library, 'a');
    const { phases } = follow();
    await machines.list();
    const machine = await started('a');
    await machines.pause('a');
    await machines.resume('a');
    await machines.reset('a');
    expect(phaseOf(await machines.shutDown('a'))).toBe('stopping');
    machine.enter({ phase: 'stopped' });
    await vi.waitFor(() => expect(phases.at(-1)).toBe('stopped'), patience);
    expect(phases).toEqual(['stopped', 'starting', 'running', 'paused', 'running', 'stopping', 'stopped']);
    expect(machine.asked).toEqual(['pause', 'resume', 'reset', 'shutDown']);
    expect(machine.isDetached).toBe(true);
  });

  it('is started once, however often it is asked', async () => {
    await makeVm(library, 'a');
    const results = await Promise.allSettled([machines.start('a'), machines.start('a'), machines.start('a')]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'vm-running' });
    expect(driver.started).toHaveLength(1);
  });

  it('is as it was after a start that failed, with the reason thrown', async () => {
    await makeVm(library, 'a');
    const { phases } = follow();
    await machines.list();
    driver.gate = () => Promise.reject(new AppError('not-enough-memory', 'There is too little memory.'));
    await expect(machines.start('a')).rejects.toMatchObject({ code: 'not-enough-memory' });
    await vi.waitFor(() => expect(phases).toEqual(['stopped', 'starting', 'stopped']), patience);
  });

  it('turns off one that hangs, whose screen can be drawn no more', async () => {
    await makeVm(library, 'a');
    const machine = await started('a');
    machine.picture = () => new Promise(() => undefined);
    await machines.forceStop('a');
    expect(machine.asked).toEqual(['forceStop']);
  });

  it('can be stopped while it starts', async () => {
    await makeVm(library, 'a');
    driver.gate = async (signal) => {
      await delay(60_000, undefined, { signal, ref: false });
    };
    const start = machines.start('a');
    start.catch(() => undefined);
    await vi.waitFor(async () => expect((await machineRow('a')).state.phase).toBe('starting'), patience);
    await machines.forceStop('a');
    await expect(start).rejects.toThrow();
    expect((await machineRow('a')).state.phase).toBe('stopped');
  });

  it('refuses what its state does not allow, and says why', async () => {
    await makeVm(library, 'a');
    mkdirSync(library.home.vmFolder('broken'));
    for (const verb of ['pause', 'resume', 'suspend', 'shutDown', 'forceStop', 'reset'] as const)
      await expect(machines[verb]('a'), verb).rejects.toMatchObject({ code: 'vm-not-running' });
    await expect(machines.discardSuspended('a')).rejects.toMatchObject({ code: 'state-not-allowed' });
    await expect(machines.start('broken')).rejects.toMatchObject({ code: 'vm-unreadable' });
    await expect(machines.start('none')).rejects.toMatchObject({ code: 'vm-not-found' });
    await expect(machines.running('a')).rejects.toMatchObject({ code: 'vm-not-running' });
    await started('a');
    await expect(machines.start('a')).rejects.toMatchObject({ code: 'vm-running' });
    await expect(machines.resume('a')).rejects.toMatchObject({ code: 'state-not-allowed' });
  });

  it('goes on when the service lets go', async () => {
    await makeVm(library, 'a');
    const machine = await started('a');
    machines.close();
    expect(machine.isDetached).toBe(true);
    expect(machine.asked).toEqual([]);
  });

  it('loses its saved state when told to', async () => {
    const vm = await makeVm(library, 'a');
    mkdirSync(path.join(vm, tatinFiles.qemuSavedState));
    expect((await machineRow('a')).state.phase).toBe('suspended');
    expect(phaseOf(await machines.discardSuspended('a'))).toBe('stopped');
  });
});

describe('a machine behind a lock', () => {
  it('of a Tatin is shown as what it is, also if it answers only after a while', async () => {
    await makeVm(library, 'a');
    const { rows } = follow();
    await machines.list();
    await using holder = OtherProgram.python(holdFcntl, configPath('a'));
    await holder.line();
    await vi.waitFor(() => expect(rows.get('a')).toMatchObject({ state: { owner: 'elsewhere' } }), patience);
    driver.elsewhere.set('a', new FakeMachine(library.home.vmFolder('a')));
    await vi.waitFor(() => expect(rows.get('a')).toMatchObject({ state: { owner: 'tatin' } }), patience);
    expect(rows.get('a')).toMatchObject({ survivesApp: true });
    await machines.pause('a');
    expect(phaseOf(rows.get('a'))).toBe('paused');
  });

  it('of another program can be asked to suspend and to stop, and nothing else', async () => {
    await makeVm(library, 'a');
    const { rows } = follow();
    await machines.list();
    await using holder = OtherProgram.python(holdAndTellSignals, configPath('a'));
    expect(await holder.line()).toBe('locked');
    const state: Partial<MachineState> = { phase: 'running', owner: 'elsewhere', pid: holder.pid };
    await vi.waitFor(() => expect(rows.get('a')).toMatchObject({ state }), patience);
    expect(rows.get('a')).not.toHaveProperty('survivesApp');
    for (const verb of ['pause', 'reset'] as const)
      await expect(machines[verb]('a'), verb).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(machines.running('a')).rejects.toMatchObject({ code: 'not-allowed' });
    const controller = new AbortController();
    const suspended = machines.suspend('a', controller.signal);
    expect(await holder.line()).toBe('SIGUSR1');
    controller.abort(new AppError('cancelled', 'Cancelled.'));
    await expect(suspended).rejects.toMatchObject({ name: 'AbortError' });
    await machines.shutDown('a');
    expect(await holder.line()).toBe('SIGUSR2');
    await machines.forceStop('a');
    expect(await holder.line()).toBe('SIGINT');
    await vi.waitFor(() => expect(phaseOf(rows.get('a'))).toBe('stopped'), patience);
  });

  it('is looked for a while and not for ever', async () => {
    await makeVm(library, 'a');
    await using holder = OtherProgram.python(holdFcntl, configPath('a'));
    await holder.line();
    for (let times = 0; times < 5; times++) await machines.list();
    // One look for the holder of the lock, no matter who asks; the further tries come later.
    expect(driver.attachCount).toBe(1);
  });
});

/** Holds the lock as Tart does, prints each of Tart's signals, and ends at SIGINT. */
const holdAndTellSignals = `
import fcntl, signal, sys
f = open(sys.argv[1], 'r+b')
fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
def told(number, frame):
    print(signal.Signals(number).name)
    if number == signal.SIGINT:
        sys.stdout.flush()
        sys.exit(0)
for name in ('SIGUSR1', 'SIGUSR2', 'SIGINT'):
    signal.signal(getattr(signal, name), told)
print('locked')
while True:
    signal.pause()
`;

describe('the picture of a machine', () => {
  const picturePath = (): string => path.join(library.home.vmFolder('a'), tatinFiles.picture);

  it('is no wider than asked, whether it runs or not', async () => {
    await makeVm(library, 'a');
    expect(await machines.picture('a', 480)).toBeUndefined();
    await started('a');
    expect(await machines.picture('a', 480)).toMatchObject({ width: 480, height: 300 });
    expect(await machines.picture('a', 4000)).toMatchObject({ width: 1280, height: 800 });
    await machines.forceStop('a');
    const kept = await machines.picture('a', 4000);
    expect(kept).toMatchObject({ width: 960, height: 600 });
    const small = await machines.picture('a', 100);
    expect(small).toMatchObject({ width: 100 });
    // IHDR: PNG specification, 11.2.2.
    expect(Buffer.from(small!.png).readUInt32BE(16)).toBe(100);
  });

  it('changes its version when it is replaced', async () => {
    await makeVm(library, 'a');
    expect(await machineRow('a')).not.toHaveProperty('pictureVersion');
    await started('a');
    await machines.picture('a', 480);
    const first = (await machineRow('a')).pictureVersion;
    expect(first).toBeDefined();
    writeFileSync(picturePath(), pngOf(30, 20));
    expect((await machineRow('a')).pictureVersion).not.toBe(first);
  });

  it('is nothing where there is no screen, or what was kept is no picture', async () => {
    await makeVm(library, 'a');
    const machine = await started('a');
    machine.screen = undefined;
    expect(await machines.picture('a', 480)).toBeUndefined();
    await machines.forceStop('a');
    const png = pngOf(2000, 20);
    for (const bytes of [Buffer.alloc(0), Buffer.from('GIF89a and more than that'), png.subarray(0, 60)]) {
      writeFileSync(picturePath(), bytes);
      expect(await machines.picture('a', 480)).toBeUndefined();
    }
  });
});

describe('the address of a machine', () => {
  it('is asked for while somebody looks, until the guest knows, and told', async () => {
    await makeVm(library, 'a');
    const { rows, off } = follow();
    const machine = await started('a');
    machine.addressNow = () => Promise.resolve('10.0.2.15');
    await vi.waitFor(
      () => expect(rows.get('a')).toMatchObject({ address: { ip: '10.0.2.15', source: 'agent' } }),
      patience,
    );
    machine.enter({ phase: 'stopped' });
    await vi.waitFor(() => expect(rows.get('a')).not.toHaveProperty('address'), patience);
    off();
  });

  it('is asked for when somebody begins to look at a machine that runs already', async () => {
    await makeVm(library, 'a');
    const machine = await started('a');
    machine.addressNow = vi.fn(() => Promise.resolve('10.0.2.16'));
    await machines.list();
    expect(machine.addressNow).not.toHaveBeenCalled();
    const { rows } = follow();
    await vi.waitFor(() => expect(rows.get('a')).toMatchObject({ address: { ip: '10.0.2.16' } }), patience);
  });
});
