import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { portForwardSchema } from '../../contract/machine.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import type { Plan } from './plan.ts';
import {
  beginSaving,
  finishSaving,
  abortSave,
  memoryFile,
  putBack,
  readSavedState,
  recoverSaved,
  requireSame,
  type SavedState,
  consumeSavedState,
} from './saved-state.ts';
import type { QemuSetup } from './setup.ts';

const setup = (folder: string): QemuSetup => ({
  machineType: 'pc-q35-7.2',
  accelerator: { kind: 'tcg', cpuModel: 'max', title: 'TCG' },
  flash: {
    code: { path: '/code.fd', format: 'raw' },
    variables: { path: path.join(folder, 'qemu-vars.fd'), format: 'raw' },
  },
  network: { by: 'user' },
  shares: [],
  sandbox: true,
  incoming: false,
});

const plan = (folder: string): Plan => ({
  name: path.basename(folder),
  arch: 'amd64',
  cpuCount: 1,
  memoryBytes: 1024 ** 2,
  disks: [{ path: path.join(folder, 'disk.img'), kind: 'disk', readOnly: false, sync: 'full', caching: 'automatic' }],
  network: {
    kind: 'nat',
    macAddress: '02:00:00:00:00:01',
    forwards: [],
    subnet: '10.0.2.0/24',
    hostLoopback: false,
  },
  shares: [],
  display: { width: 1024, height: 768 },
  keyboard: true,
  pointer: true,
  nested: false,
});

const disk = (place: string) => ({
  path: place,
  kind: 'disk' as const,
  readOnly: false,
  sync: 'full' as const,
  caching: 'automatic' as const,
});

function nat({ network }: Plan): Extract<Plan['network'], { kind: 'nat' }> {
  if (network.kind !== 'nat') throw new Error(network.kind);
  return network;
}

const machineTypes = ['pc-q35-7.2', 'pc-q35-8.0'];

/** A VM's folder up to the last moment of saving. */
async function almostSaved(parent: string): Promise<string> {
  const folder = path.join(parent, 'vm');
  mkdirSync(folder);
  for (const leaf of ['disk.img', 'qemu-vars.fd']) writeFileSync(path.join(folder, leaf), leaf);
  writeFileSync(await beginSaving(folder), 'memory');
  return folder;
}

async function saved(parent: string): Promise<string> {
  const folder = await almostSaved(parent);
  await finishSaving(folder, plan(folder), setup(folder));
  return folder;
}

/** Reads it and compares it with the plan that is made of the settings of now. */
async function goOn(folder: string, fresh = plan(folder)): Promise<SavedState> {
  const state = await readSavedState(folder, machineTypes);
  if (state === undefined) throw new Error('There is none.');
  await requireSame(folder, state, fresh, setup(folder));
  return state;
}

/** Writes it anew, as whoever has the folder can. */
function forge(folder: string, change: (document: Record<string, unknown>) => unknown): void {
  const file = path.join(folder, 'state.qemu/plan.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify(change(document)));
}

let state: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  state = temporaryFolder();
  vi.stubEnv('TATIN_STATE', state.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  state[Symbol.dispose]();
});

describe('A saved state', () => {
  it('is read as it was written, and is none before', async () => {
    using parent = temporaryFolder();
    const folder = await almostSaved(parent.path);
    expect(await readSavedState(folder, machineTypes)).toBeUndefined();
    await finishSaving(folder, plan(folder), setup(folder));
    expect(await readSavedState(folder, machineTypes)).toMatchObject({ plan: plan(folder), setup: setup(folder) });
    expect(readFileSync(memoryFile(folder), 'utf8')).toBe('memory');
  });

  it('goes with a VM that is renamed', async () => {
    using parent = temporaryFolder();
    const before = await saved(parent.path);
    const folder = path.join(parent.path, 'renamed');
    renameSync(before, folder);
    await goOn(folder);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    ['the disk was changed', (folder) => writeFileSync(path.join(folder, 'disk.img'), 'other'), /disk\.img/],
    ['the variables were', (folder) => truncateSync(path.join(folder, 'qemu-vars.fd'), 3), /qemu-vars\.fd/],
    ['the memory is cut off', (folder) => truncateSync(memoryFile(folder), 3), /not whole/],
    ['its plan is damaged', (folder) => truncateSync(path.join(folder, 'state.qemu/plan.json'), 9), /damaged/],
    ['it comes from a Mac', (folder) => writeFileSync(path.join(folder, 'state.vzvmsave'), ''), /Mac/],
  ])('is refused if %s, and kept', async (_what, spoil, reason) => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    spoil(folder);
    await expect(goOn(folder)).rejects.toMatchObject({
      code: 'saved-state-invalid',
      message: expect.stringMatching(reason) as string,
    });
    expect(existsSync(memoryFile(folder))).toBe(true);
  });

  it.each<[string, (fresh: Plan) => Plan, RegExp]>([
    ['has a further disk', (fresh) => ({ ...fresh, disks: [fresh.disks[0], disk('/data.img')] }), /\(disks\)/],
    ['may not write to its disk', (fresh) => ({ ...fresh, disks: [{ ...fresh.disks[0], readOnly: true }] }), /disks/],
    [
      'shares a folder',
      (fresh) => ({ ...fresh, shares: [{ tag: 't', path: '/srv', readOnly: true }] }),
      /shared folders/,
    ],
    ['has other memory and CPUs', (fresh) => ({ ...fresh, cpuCount: 2, memoryBytes: 2 ** 21 }), /CPUs, memory/],
    [
      'has another address',
      (fresh) => ({ ...fresh, network: { ...nat(fresh), macAddress: '02:00:00:00:00:02' } }),
      /network/,
    ],
    ['is without network', (fresh) => ({ ...fresh, network: { kind: 'none' } }), /network/],
    ['has another screen', (fresh) => ({ ...fresh, display: { width: 800, height: 600 } }), /display/],
    ['has no keyboard', (fresh) => ({ ...fresh, keyboard: false }), /keyboard/],
    ['may run guests', (fresh) => ({ ...fresh, nested: true }), /nested/],
    ['is for another processor', (fresh) => ({ ...fresh, arch: 'arm64' }), /processor/],
  ])('is refused by a machine that %s now, and says so', async (_what, change, reason) => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    await expect(goOn(folder, change(plan(folder)))).rejects.toMatchObject({
      code: 'saved-state-invalid',
      message: expect.stringMatching(reason) as string,
    });
  });

  it('may find other ports leading in, and the host’s loopback open or closed', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    const fresh = plan(folder);
    const forwards = [portForwardSchema.parse({ hostPort: 1234, guestPort: 22 })];
    await goOn(folder, { ...fresh, network: { ...nat(fresh), forwards, hostLoopback: true } });
  });

  it('opens nothing that a stranger wrote into it', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    // Whoever opened it would wait for ever.
    const trap = path.join(parent.path, 'trap');
    execFileSync('mkfifo', [trap]);
    for (const named of [trap, '/dev/zero', '/etc/shadow']) {
      forge(folder, (document) => ({
        ...document,
        plan: {
          ...plan(folder),
          disks: [plan(folder).disks[0], disk(named)],
          shares: [{ tag: 't', path: '/', readOnly: false }],
        },
        setup: {
          ...setup(folder),
          flash: { code: { path: named, format: 'raw' }, variables: { path: named, format: 'raw' } },
        },
        files: [],
      }));
      await expect(goOn(folder)).rejects.toThrow(/disks, shared folders/);
      // With the devices of the machine itself, but nothing by which its disks could be known again.
      forge(folder, (document) => ({ ...document, plan: plan(folder), files: [] }));
      await expect(goOn(folder)).rejects.toThrow(/disk\.img/);
    }
    forge(folder, (document) => ({
      ...document,
      folder: '/etc',
      plan: { ...plan(folder), disks: [disk('/etc/disk.img')] },
    }));
    await expect(goOn(folder)).rejects.toThrow(/disk\.img was changed/);
  });

  it('is this user’s own until a byte of it changes', async () => {
    using parent = temporaryFolder();
    const folder = await almostSaved(parent.path);
    const run = { sharedFolders: [], extraDisks: [{ path: '/data.img', readOnly: true }], keyboard: false };
    await finishSaving(folder, plan(folder), setup(folder), run);
    expect(await readSavedState(folder, machineTypes)).toMatchObject({ isOwn: true, run });
    const file = path.join(folder, 'state.qemu/plan.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('/data.img', '/date.img'));
    expect(await readSavedState(folder, machineTypes)).toMatchObject({ isOwn: false });
    writeFileSync(file, text);
    expect(await readSavedState(folder, machineTypes)).toMatchObject({ isOwn: true });
    // Another memory under the same description.
    writeFileSync(memoryFile(folder), 'MEMORY');
    utimesSync(memoryFile(folder), new Date(), new Date(0));
    expect(await readSavedState(folder, machineTypes)).toMatchObject({ isOwn: false });
  });

  it('of another computer is nobody’s own, and is compared all the same', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    rmSync(path.join(state.path, 'owner.key'));
    expect(await goOn(folder)).toMatchObject({ isOwn: false });
    // As earlier versions wrote it.
    forge(folder, ({ folder: _folder, seal: _seal, run: _run, memoryMtimeMs: _time, ...document }) => document);
    expect(await goOn(folder)).toMatchObject({ isOwn: false });
  });

  it.each<[string, (folder: string) => void]>([
    ['is endless', (file) => writeFileSync(file, `[${'0,'.repeat(2 ** 20)}0]`)],
    ['is nested deep', (file) => writeFileSync(file, '['.repeat(1e5))],
    ['is a pipe', (file) => (rmSync(file), execFileSync('mkfifo', [file]))],
  ])('whose description %s is damaged', async (_what, spoil) => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    spoil(path.join(folder, 'state.qemu/plan.json'));
    await expect(readSavedState(folder, machineTypes)).rejects.toThrow(/damaged/);
  });

  it('whose memory is a pipe or a link is not whole', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    rmSync(memoryFile(folder));
    writeFileSync(path.join(parent.path, 'other'), 'memory');
    symlinkSync(path.join(parent.path, 'other'), memoryFile(folder));
    await expect(readSavedState(folder, machineTypes)).rejects.toThrow(/not whole/);
    rmSync(memoryFile(folder));
    execFileSync('mkfifo', [memoryFile(folder)]);
    await expect(readSavedState(folder, machineTypes)).rejects.toThrow(/not whole/);
  });

  it('is refused by a QEMU without its machine', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    await expect(readSavedState(folder, ['pc-q35-9.0'])).rejects.toThrow(/pc-q35-7\.2/);
  });

  it('is gone once used up, and can be put back before the guest runs', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    await consumeSavedState(folder);
    expect(await readSavedState(folder, machineTypes)).toBeUndefined();
    await putBack(folder);
    expect(await readSavedState(folder, machineTypes)).toBeDefined();
    await consumeSavedState(folder);
    await abortSave(folder);
    expect(existsSync(path.join(folder, 'state.qemu.partial'))).toBe(false);
  });
});

describe('After a kill', () => {
  it('in the last moment of saving, or the first of going on, the state is taken up', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    renameSync(path.join(folder, 'state.qemu'), path.join(folder, 'state.qemu.partial'));
    await recoverSaved(folder);
    expect(await readSavedState(folder, machineTypes)).toBeDefined();
  });

  it('in the middle of saving, what there was is cleared away', async () => {
    using parent = temporaryFolder();
    const folder = await almostSaved(parent.path);
    await recoverSaved(folder);
    expect(existsSync(path.join(folder, 'state.qemu.partial'))).toBe(false);
    expect(await readSavedState(folder, machineTypes)).toBeUndefined();
  });

  it('of a guest that had gone on and written, the state is cleared away', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    renameSync(path.join(folder, 'state.qemu'), path.join(folder, 'state.qemu.partial'));
    writeFileSync(path.join(folder, 'disk.img'), 'written since');
    await recoverSaved(folder);
    expect(existsSync(path.join(folder, 'state.qemu.partial'))).toBe(false);
    expect(await readSavedState(folder, machineTypes)).toBeUndefined();
  });
});
