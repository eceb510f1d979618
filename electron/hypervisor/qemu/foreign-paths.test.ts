import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { noAnnotations, printAnnotations } from '../../library/annotations.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { allowPaths, pathsToAllow } from '../allowing-paths.ts';
import { GuestLab, inGuest, waitForSerial } from '../testing/guest-lab.ts';

describe('A machine that somebody else wrote into the home', () => {
  let lab: GuestLab;
  let outside: ReturnType<typeof temporaryFolder>;
  let count = 0;
  let folder: string;
  const at = (name: string): string => path.join(outside.path, name);
  const secret = 'SECRET of this computer';

  beforeAll(async () => {
    outside = temporaryFolder();
    vi.stubEnv('TATIN_STATE', at('state'));
    lab = await GuestLab.open();
    writeFileSync(at('secret'), secret.padEnd(1_000_000));
    // Whoever opened it would wait for ever.
    execFileSync('mkfifo', [at('pipe')]);
  });
  beforeEach(async () => {
    folder = await lab.empty(`bait-${++count}`);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    outside[Symbol.dispose]();
    vi.unstubAllEnvs();
  });

  const writeSidecar = (options: object): void =>
    writeFileSync(path.join(folder, 'tatin.json'), printAnnotations({ ...noAnnotations(), ...options }));

  it('gets neither disks nor folders that only its tatin.json names', async () => {
    for (const options of [
      { extraDisks: [{ path: '/etc/shadow', readOnly: false }] },
      { extraDisks: [{ path: at('pipe'), readOnly: true }] },
      { sharedFolders: [{ name: 'all', path: '/', readOnly: true }] },
    ]) {
      writeSidecar(options);
      await expect(lab.start(folder)).rejects.toMatchObject({ code: 'paths-not-confirmed' });
    }
  });

  it.each(['disk.img', 'qemu-vars.fd'])('gets nothing by a link in place of its %s', async (leaf) => {
    rmSync(path.join(folder, leaf), { force: true });
    symlinkSync(at('secret'), path.join(folder, leaf));
    await expect(lab.start(folder)).rejects.toMatchObject({ code: 'paths-not-confirmed' });
    expect(readFileSync(at('secret'), 'utf8').trim()).toBe(secret);
  });

  it.each(['serial.log', 'config.json', 'events.jsonl'])('writes nothing through a link named %s', async (leaf) => {
    writeFileSync(at('mine'), existsSync(path.join(folder, leaf)) ? readFileSync(path.join(folder, leaf)) : 'mine');
    const before = readFileSync(at('mine'), 'utf8');
    rmSync(path.join(folder, leaf), { force: true });
    symlinkSync(at('mine'), path.join(folder, leaf));
    await expect(lab.start(folder)).rejects.toMatchObject({ code: 'file-not-allowed' });
    expect(readFileSync(at('mine'), 'utf8')).toBe(before);
    rmSync(path.join(folder, leaf));
  });

  it('goes on from no saved state that decides what is opened', async () => {
    const state = path.join(folder, 'state.qemu');
    mkdirSync(state);
    writeFileSync(path.join(state, 'memory'), 'memory');
    for (const named of [at('secret'), at('pipe'), '/dev/sda']) {
      writeFileSync(path.join(state, 'plan.json'), foreignState(folder, named));
      await expect(lab.start(folder)).rejects.toMatchObject({ code: 'saved-state-invalid' });
    }
    expect(existsSync(path.join(state, 'memory'))).toBe(true);
    expect(readFileSync(at('secret'), 'utf8').trim()).toBe(secret);
  });

  it('starts once its user has seen and allowed it', async () => {
    writeSidecar({ extraDisks: [{ path: at('secret'), readOnly: true }] });
    await expect(lab.start(folder)).rejects.toMatchObject({ code: 'paths-not-confirmed' });
    await allowPaths(lab.library, path.basename(folder), await pathsToAllow(lab.library, path.basename(folder)));
    const machine = await lab.start(folder);
    await machine.forceStop();
  });
});

describe('A machine that was started with a disk on the command line', () => {
  it('goes on with it after it was suspended, unless a byte of what was kept is another', async () => {
    using outside = temporaryFolder();
    vi.stubEnv('TATIN_STATE', path.join(outside.path, 'state'));
    await using lab = await GuestLab.open();
    const data = path.join(outside.path, 'data.img');
    writeFileSync(data, 'typed by its user'.padEnd(1_000_000));
    const folder = await lab.demo('typed');
    const machine = await lab.start(folder, {
      extraDisks: [{ path: data, readOnly: true }],
      network: { mode: 'none' },
    });
    await waitForSerial(machine, 'demo: up');
    await machine.suspend();
    const kept = path.join(folder, 'state.qemu', 'plan.json');
    const text = readFileSync(kept, 'utf8');
    writeFileSync(kept, text.replace('"readOnly": true', '"readOnly": false'));
    await expect(lab.start(folder)).rejects.toMatchObject({
      code: 'saved-state-invalid',
      message: expect.stringMatching(/disks.*network/) as string,
    });
    writeFileSync(kept, text);
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    const again = await lab.start(folder);
    expect(await inGuest(again, 'head -c 17 /dev/vdb')).toBe('typed by its user');
    await again.forceStop();
    vi.unstubAllEnvs();
  });
});

/** With the devices of the machine itself but one, and no file by which its disks could be known again. */
function foreignState(folder: string, named: string): string {
  const disk = {
    path: path.join(folder, 'disk.img'),
    kind: 'disk',
    readOnly: false,
    sync: 'full',
    caching: 'automatic',
  };
  const flash = { path: named, format: 'raw' };
  return JSON.stringify({
    version: 1,
    folder,
    plan: {
      name: 'bait',
      arch: 'amd64',
      cpuCount: 2,
      memoryBytes: 384 * 1024 ** 2,
      disks: [disk, { ...disk, path: named }],
      network: { kind: 'none' },
      shares: [{ tag: 'all', path: '/', readOnly: false }],
      display: { width: 1024, height: 768 },
      keyboard: true,
      pointer: true,
      nested: false,
    },
    setup: {
      machineType: 'pc-q35-7.2',
      accelerator: { kind: 'tcg', cpuModel: 'max', title: 'TCG' },
      flash: { code: flash, variables: flash },
      network: { by: 'none' },
      shares: [{ by: '9p' }],
      sandbox: false,
      incoming: true,
    },
    memoryBytes: 6,
    files: [],
  });
}
