import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { vzMacSetup } from '../hypervisor/vz/mac-setup.ts';
import { AddonStandIn } from '../hypervisor/vz/testing/addon-stand-in.ts';
import type { Library } from '../library/library.ts';
import { quietWork, temporaryLibrary } from '../library/testing/temporary-home.ts';
import type { LibraryVm } from '../library/vm.ts';
import type { Work } from '../jobs/work.ts';
import { type MacSpec, installMac } from './install-mac.ts';

const gibibyte = 1024 ** 3;

let temporary: Disposable & { library: Library };
let library: Library;
let standIn: AddonStandIn;
let image: string;

beforeEach(async () => {
  temporary = await temporaryLibrary();
  ({ library } = temporary);
  standIn = new AddonStandIn();
  image = path.join(library.home.path, 'macOS.ipsw');
  writeFileSync(image, 'an image');
});

afterEach(() => temporary[Symbol.dispose]());

function install(more: Partial<MacSpec> = {}, work: Work = quietWork()): Promise<LibraryVm> {
  const setup = vzMacSetup({ addon: standIn.addon, facts: standIn.facts });
  const spec = { name: 'sequoia', diskBytes: 50e9, ...more };
  return installMac(library, spec, image, setup, work);
}

const nothingLeft = () => {
  expect(readdirSync(library.home.tmp)).toEqual([]);
  expect(existsSync(library.home.vms) ? readdirSync(library.home.vms) : []).toEqual([]);
};

describe('The installation of macOS', () => {
  it('makes a machine of what the image asks for', async () => {
    const vm = await install();
    expect(vm.config).toMatchObject({
      os: 'darwin',
      arch: 'arm64',
      cpuCount: 4,
      cpuCountMin: 2,
      memorySize: 4 * gibibyte,
      memorySizeMin: 4 * gibibyte,
      hardwareModel: 'bW9kZWw=',
      ecid: 'bmV3',
      diskFormat: 'raw',
    });
    expect(statSync(path.join(vm.folder, 'disk.img')).size).toBe(50e9);
    expect(readFileSync(path.join(vm.folder, 'nvram.bin'), 'utf8')).toBe('a store of the framework');
    expect(vm.annotations.system).toBe('macOS 15.0.0');
    expect(standIn.calls.filter((call) => /create|install|close|load/i.test(call))).toEqual([
      'loadRestoreImage',
      'createAuxiliaryStorage',
      'install',
      'close',
    ]);
    expect(standIn.machines[0]?.document).toMatchObject({ shares: [], serialPorts: [], boot: { kind: 'mac' } });
  });

  it('says how far it is, in one bar', async () => {
    const fractions: number[] = [];
    await install(
      {},
      {
        ...quietWork(),
        progress: ({ fraction }) => {
          if (fraction !== undefined) fractions.push(fraction);
        },
      },
    );
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(fractions.some((fraction) => fraction > 0.4 && fraction < 0.6)).toBe(true);
  });

  it('leaves nothing when it is called off', async () => {
    standIn.waitsInstalling = true;
    const controller = new AbortController();
    const progress: Work['progress'] = ({ fraction = 0 }) => {
      if (fraction > 0.3) controller.abort();
    };
    await expect(install({}, { signal: controller.signal, progress })).rejects.toMatchObject({ code: 'cancelled' });
    expect(standIn.calls).toContain('cancelInstall');
    expect(standIn.machines[0]?.isClosed).toBe(true);
    nothingLeft();
  });

  it.each([
    ['an image that is damaged', 'loadRestoreImage', 10005, 'image-damaged'],
    ['an image for a newer Mac', 'install', 10006, 'image-not-supported'],
    ['a full disk', 'install', 8, 'no-space'],
  ])('leaves nothing of %s', async (_what, call, code, expected) => {
    standIn.failures.set(call, { message: 'No', domain: 'VZErrorDomain', code });
    await expect(install()).rejects.toMatchObject({ code: expected });
    nothingLeft();
  });

  it('refuses what can’t work before it begins', async () => {
    await expect(install({ cpuCount: 1 })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(install({ memoryBytes: gibibyte })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(install({ diskBytes: 1e9 })).rejects.toMatchObject({ code: 'disk-too-small' });
    standIn.image = { ...standIn.image, requirements: null };
    await expect(install()).rejects.toMatchObject({ code: 'image-not-supported' });
    expect(standIn.calls).not.toContain('install');
  });

  it('gives at least what the image asks for, where it was asked for before that was known', async () => {
    const { config } = await install({ cpuCount: 1, memoryBytes: gibibyte, raisesToMinimum: true });
    expect(config).toMatchObject({ cpuCount: 2, memorySize: 4 * gibibyte });
  });

  it('has a disk in Apple’s sparse format where that was asked for', async () => {
    const sparseDisk = (file: string, bytes: number) => {
      writeFileSync(file, `sparse, ${bytes}`);
      return Promise.resolve();
    };
    const vm = await install({ sparseDisk });
    expect(vm.config.diskFormat).toBe('asif');
    expect(readFileSync(path.join(vm.folder, 'disk.img'), 'utf8')).toBe('sparse, 50000000000');
  });

  it('replaces no machine of that name', async () => {
    await install();
    await expect(install()).rejects.toMatchObject({ code: 'vm-exists' });
    expect(readdirSync(library.home.vms)).toEqual(['sequoia']);
  });
});
