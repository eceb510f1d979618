import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExportFormat } from '../../contract/imports.ts';
import type { Library } from '../../library/library.ts';
import { holdFcntl, OtherProgram } from '../../library/testing/other-program.ts';
import { quietWork, temporaryFolder, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { findMachine } from '../import/find-machine.ts';
import { makeMachine } from '../import/make-machine.ts';
import { makeDisk, mebibyte, run } from '../import/testing/sample-images.ts';
import { exportMachine } from './export-machine.ts';
import { sweepPartialExports } from './partial-exports.ts';

const never = new AbortController().signal;

/** A machine with something on its disk and everything that one can have. */
async function makeFull(library: Library) {
  using folder = temporaryFolder();
  const raw = path.join(folder.path, 'a.img');
  makeDisk(raw);
  const found = await findMachine(raw, never);
  if (found.is !== 'machine') throw new Error(found.is);
  const vm = await makeMachine(library, found.plan, { name: 'a', how: 'copy', cpuCount: 3 }, quietWork());
  writeFileSync(path.join(vm.folder, 'qemu-vars.fd'), 'variables');
  writeFileSync(path.join(vm.folder, 'serial.log'), 'log');
  return await library.annotate('a', { notes: 'mine' });
}

describe('exportMachine', () => {
  for (const format of ['tvm', 'raw', 'qcow2'] as const)
    it(`writes a ${format} file that an import makes the same disk of`, async () => {
      using home = await temporaryLibrary();
      using place = temporaryFolder();
      const vm = await makeFull(home.library);
      const file = path.join(place.path, 'out');
      await exportMachine(home.library.home, vm, { path: file, format, overwrite: false }, quietWork());
      expect(readdirSync(place.path)).toEqual(['out']);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(file).blocks * 512).toBeLessThan(8 * mebibyte);
      const found = await findMachine(file, never);
      if (found.is !== 'machine') throw new Error(found.is);
      const again = await makeMachine(home.library, found.plan, { name: 'b', how: 'copy' }, quietWork());
      const disks = [vm, again].map(({ folder }) => readFileSync(path.join(folder, 'disk.img')));
      expect(disks[0]?.equals(disks[1]!)).toBe(true);
      expect(statSync(path.join(again.folder, 'disk.img')).blocks * 512).toBeLessThan(8 * mebibyte);
      if (format !== 'tvm') return;
      expect(again.config).toMatchObject({ cpuCount: 3 });
      expect(again.annotations.notes).toBe('mine');
      expect(readFileSync(path.join(again.folder, 'qemu-vars.fd'), 'utf8')).toBe('variables');
      expect(existsSync(path.join(again.folder, 'serial.log'))).toBe(false);
    });

  it('replaces a file only where it may', async () => {
    using home = await temporaryLibrary();
    using place = temporaryFolder();
    const vm = await makeFull(home.library);
    const file = path.join(place.path, 'out');
    writeFileSync(file, 'mine');
    const target = { path: file, format: 'raw' as const };
    await expect(
      exportMachine(home.library.home, vm, { ...target, overwrite: false }, quietWork()),
    ).rejects.toMatchObject({
      code: 'file-exists',
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await exportMachine(home.library.home, vm, { ...target, overwrite: true }, quietWork());
    expect(statSync(file).size).toBe(48 * mebibyte);
  });

  it('leaves the old file and nothing else when it is called off', async () => {
    using home = await temporaryLibrary();
    using place = temporaryFolder();
    const vm = await makeFull(home.library);
    const file = path.join(place.path, 'out');
    writeFileSync(file, 'mine');
    for (const format of ['tvm', 'raw', 'qcow2'] as ExportFormat[]) {
      const stop = new AbortController();
      const work = { signal: stop.signal, progress: () => stop.abort(new Error('called off')) };
      await expect(exportMachine(home.library.home, vm, { path: file, format, overwrite: true }, work)).rejects.toThrow(
        'called off',
      );
      expect(readdirSync(place.path)).toEqual(['out']);
      expect(readFileSync(file, 'utf8')).toBe('mine');
    }
  });

  it('leaves nothing on a full disk, and says so', async (context) => {
    await onVolume(context, 'tmpfs', 2 * mebibyte, async (point) => {
      using home = await temporaryLibrary();
      const vm = await makeFull(home.library);
      for (const format of ['tvm', 'raw', 'qcow2'] as ExportFormat[]) {
        const target = { path: path.join(point, 'out'), format, overwrite: false };
        await expect(exportMachine(home.library.home, vm, target, quietWork())).rejects.toMatchObject({
          code: 'no-space',
        });
        expect(readdirSync(point)).toEqual([]);
      }
    });
  });

  it('says that a drive was disconnected, and cleans up when it is back', async (context) => {
    await onVolume(context, 'ext4', 96 * mebibyte, async (point) => {
      using home = await temporaryLibrary();
      const vm = await makeFull(home.library);
      const image = path.join(path.dirname(point), 'image');
      for (const format of ['tvm', 'raw', 'qcow2'] as ExportFormat[]) {
        let isGone = false;
        const progress = (): void => {
          if (!isGone) run('umount', ['-l', point]);
          isGone = true;
        };
        const target = { path: path.join(point, 'out'), format, overwrite: false };
        await expect(
          exportMachine(home.library.home, vm, target, { signal: never, progress }),
          format,
        ).rejects.toMatchObject({ code: 'file-not-found', retry: true });
        run('mount', ['-o', 'loop', image, point]);
        await sweepPartialExports(home.library.home);
        expect(readdirSync(point).filter((name) => name !== 'lost+found')).toEqual([]);
      }
      const notes = path.join(home.library.home.cache, 'Tatin', 'exports');
      expect(readdirSync(notes)).toEqual([]);
    });
  });

  it('sweeps what a killed export left there', async () => {
    using home = await temporaryLibrary();
    using place = temporaryFolder();
    const vm = await makeFull(home.library);
    mkdirSync(path.join(place.path, '.00000000.tatin-partial'));
    await exportMachine(
      home.library.home,
      vm,
      { path: path.join(place.path, 'out'), format: 'raw', overwrite: false },
      quietWork(),
    );
    expect(readdirSync(place.path)).toEqual(['out']);
  });

  it('refuses a machine that runs', async () => {
    using home = await temporaryLibrary();
    using place = temporaryFolder();
    const vm = await makeFull(home.library);
    await using runner = OtherProgram.python(holdFcntl, path.join(vm.folder, 'config.json'));
    await runner.line();
    const target = { path: path.join(place.path, 'out'), format: 'tvm' as const, overwrite: false };
    await expect(exportMachine(home.library.home, vm, target, quietWork())).rejects.toMatchObject({
      code: 'vm-running',
    });
    expect(readdirSync(place.path)).toEqual([]);
  });
});
