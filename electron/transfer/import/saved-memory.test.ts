import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { packFolder } from '../../codecs/apple-archive/pack.ts';
import { exportMachine, exportWarnings } from '../export/export-machine.ts';
import { findMachine } from './find-machine.ts';
import { makeMachine } from './make-machine.ts';

const never = new AbortController().signal;

/** What a stranger would write: devices and files of their choice for whoever goes on from it. */
const foreignPlan = JSON.stringify({
  version: 1,
  plan: { disks: [{ path: '/etc/shadow' }], shares: [{ tag: 'all', path: '/', readOnly: false }] },
  setup: { flash: { code: { path: '/etc/passwd', format: 'raw' }, variables: { path: '/etc/hosts', format: 'raw' } } },
  memoryBytes: 6,
  files: [],
});

function suspend(folder: string): void {
  for (const leaf of ['state.qemu', 'state.qemu.partial']) {
    mkdirSync(path.join(folder, leaf));
    writeFileSync(path.join(folder, leaf, 'plan.json'), foreignPlan);
    writeFileSync(path.join(folder, leaf, 'memory'), 'memory');
  }
}

describe('memory that QEMU saved elsewhere', () => {
  it.each(['a folder', 'an archive'])('is not brought along in %s, and the import says so', async (kind) => {
    using home = await temporaryLibrary();
    using place = temporaryFolder();
    const { folder } = await home.library.create({ name: 'bait', os: 'linux', diskBytes: 1024 ** 2 }, quietWork());
    suspend(folder);
    const archive = path.join(place.path, 'bait.tvm');
    await packFolder({
      folder,
      archive,
      files: readdirSync(folder),
      onProgress: () => undefined,
      signal: never,
    });
    const found = await findMachine(kind === 'a folder' ? folder : archive, never);
    if (found.is !== 'machine') throw new Error(found.is);
    expect(found.plan.warnings.join()).toContain('saved memory stays behind');
    const vm = await makeMachine(home.library, found.plan, { name: 'nice', how: 'copy' }, quietWork());
    expect(readdirSync(vm.folder).filter((name) => name.startsWith('state'))).toEqual([]);
    expect(vm.suspendedAt).toBeUndefined();
  });

  it('stays out of what is exported, and the export says so', async () => {
    using home = await temporaryLibrary();
    using place = temporaryFolder();
    await home.library.create({ name: 'web', os: 'linux', diskBytes: 1024 ** 2 }, quietWork());
    suspend((await home.library.get('web')).folder);
    const vm = await home.library.get('web');
    expect(exportWarnings(vm, 'tvm').join()).toContain('saved state does not go along');
    const target = { path: path.join(place.path, 'web.tvm'), format: 'tvm' as const, overwrite: false };
    await exportMachine(home.library.home, vm, target, quietWork());
    const found = await findMachine(target.path, never);
    if (found.is !== 'machine') throw new Error(found.is);
    expect(found.plan.warnings).toEqual([]);
    expect(existsSync(path.join(vm.folder, 'state.qemu'))).toBe(true);
  });

  it('is not taken by any other way of putting a machine together', async () => {
    using home = await temporaryLibrary();
    const { config } = await home.library.create({ name: 'first', os: 'linux', diskBytes: 1024 ** 2 }, quietWork());
    const vm = await home.library.assemble(
      'second',
      (folder) => {
        writeFileSync(path.join(folder, 'disk.img'), 'x');
        suspend(folder);
        return Promise.resolve({ ...config, macAddress: '02:00:00:00:00:01' });
      },
      quietWork(),
    );
    expect(vm.suspendedAt).toBeUndefined();
  });
});
