import { existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import type { Plan } from '../plan.ts';
import {
  beginSaving,
  finishSaving,
  giveUpSaving,
  memoryFile,
  putBack,
  readSavedState,
  recoverSaved,
  useUp,
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
    const state = await readSavedState(folder, machineTypes);
    expect(state?.plan).toEqual(plan(folder));
    expect(state?.setup.flash.variables.path).toBe(path.join(folder, 'qemu-vars.fd'));
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
    await expect(readSavedState(folder, machineTypes)).rejects.toMatchObject({
      code: 'saved-state-invalid',
      message: expect.stringMatching(reason) as string,
    });
    expect(existsSync(memoryFile(folder))).toBe(true);
  });

  it('is refused by a QEMU without its machine', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    await expect(readSavedState(folder, ['pc-q35-9.0'])).rejects.toThrow(/pc-q35-7\.2/);
  });

  it('is gone once used up, and can be put back before the guest runs', async () => {
    using parent = temporaryFolder();
    const folder = await saved(parent.path);
    await useUp(folder);
    expect(await readSavedState(folder, machineTypes)).toBeUndefined();
    await putBack(folder);
    expect(await readSavedState(folder, machineTypes)).toBeDefined();
    await useUp(folder);
    await giveUpSaving(folder);
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
