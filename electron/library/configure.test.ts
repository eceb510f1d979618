import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OtherProgram, holdFcntl, holdFlock } from './testing/other-program.ts';
import { layDownVm, tartConfig, temporaryLibrary } from './testing/temporary-home.ts';

describe('Library.configure', () => {
  it('changes what it is told in place, and leaves the rest of the file as it is', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    const file = path.join(folder, 'config.json');
    const { ino } = statSync(file);
    const vm = await here.library.configure('a', {
      cpuCount: 2,
      memoryBytes: 1024 ** 3,
      display: { width: 1280, height: 800, unit: 'px' },
      displayRefit: true,
    });
    expect(vm.config).toMatchObject({ cpuCount: 2, memorySize: 1024 ** 3, displayRefit: true });
    expect(statSync(file).ino).toBe(ino);
    expect(readFileSync(file, 'utf8')).toBe(
      tartConfig
        .replace('"cpuCount" : 4', '"cpuCount" : 2')
        .replace('17179869184', '1073741824')
        .replace('"width" : 1920', '"width" : 1280')
        .replace('"height" : 1200', '"height" : 800,\n    "unit" : "px"')
        .replace(/\n}$/, ',\n  "diskFormat" : "raw",\n  "displayRefit" : true\n}'),
    );
  });

  it('gives the VM a new MAC address', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    const { config } = await here.library.configure('a', { randomMac: true });
    expect(config.macAddress).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
    expect(config.macAddress).not.toBe('7a:0b:2c:00:4e:5f');
  });

  it('grows the disk and never shrinks it', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    writeFileSync(path.join(folder, 'disk.img'), 'boot', { flag: 'r+' });
    expect(await here.library.configure('a', { diskBytes: 60e9 })).toMatchObject({ diskBytes: 60e9 });
    expect(readFileSync(path.join(folder, 'config.json'), 'utf8')).toBe(tartConfig);
    await expect(here.library.configure('a', { diskBytes: 50e9, cpuCount: 1 })).rejects.toMatchObject({
      code: 'disk-too-small',
      message: 'The disk has 60 GB already, and a disk can only grow.',
    });
    expect(await here.library.get('a')).toMatchObject({ diskBytes: 60e9, config: { cpuCount: 4 } });
  });

  it('refuses while another program runs the VM or uses its disk', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    {
      await using other = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
      expect(await other.line()).toBe('locked');
      await expect(here.library.configure('a', { cpuCount: 1 })).rejects.toMatchObject({ code: 'vm-running' });
    }
    await using other = OtherProgram.python(holdFlock, path.join(folder, 'disk.img'));
    expect(await other.line()).toBe('locked');
    await expect(here.library.configure('a', { diskBytes: 1e9 })).rejects.toMatchObject({ code: 'disk-in-use' });
    expect(await here.library.configure('a', { cpuCount: 1 })).toMatchObject({ config: { cpuCount: 1 } });
  });

  it('refuses while the VM is suspended, until its saved state is discarded', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    for (const leaf of ['state.qemu', 'state.qemu.partial']) mkdirSync(path.join(folder, leaf));
    writeFileSync(path.join(folder, 'state.vzvmsave'), '');
    await expect(here.library.configure('a', { cpuCount: 1 })).rejects.toMatchObject({ code: 'state-not-allowed' });
    expect(await here.library.discardSavedState('a')).toMatchObject({ suspendedAt: undefined });
    for (const leaf of ['state.qemu', 'state.qemu.partial', 'state.vzvmsave'])
      expect(existsSync(path.join(folder, leaf))).toBe(false);
    await here.library.configure('a', { cpuCount: 1 });
  });

  it('keeps to the minimum of a macOS guest', async () => {
    using here = await temporaryLibrary();
    layDownVm(
      here.library,
      'a',
      tartConfig.replace('"linux"', '"darwin",\n  "ecid" : "YQ==",\n  "hardwareModel" : "YQ=="'),
    );
    await expect(here.library.configure('a', { cpuCount: 3 })).rejects.toMatchObject({
      code: 'invalid-input',
      message: 'This guest needs at least 4 CPUs.',
    });
    await expect(here.library.configure('a', { memoryBytes: 2 * 1024 ** 3 })).rejects.toMatchObject({
      message: 'This guest needs at least 4 GB of memory.',
    });
  });
});
