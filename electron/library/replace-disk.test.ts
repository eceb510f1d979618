import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OtherProgram, holdFcntl, holdFlock } from './testing/other-program.ts';
import { layDownVm, quietWork, temporaryLibrary } from './testing/temporary-home.ts';

describe('Library.replaceDisk', () => {
  it('puts a copy of a raw image in place of the disk, in whole sectors', async () => {
    using here = await temporaryLibrary();
    const { library } = here;
    const folder = layDownVm(library, 'a');
    const image = path.join(library.home.path, 'image.raw');
    writeFileSync(image, 'a boot sector');
    const vm = await library.replaceDisk('a', image, quietWork());
    expect(vm.diskBytes).toBe(512);
    expect(readFileSync(path.join(folder, 'disk.img')).toString('latin1')).toBe('a boot sector'.padEnd(512, '\0'));
    expect(statSync(image).size).toBe(13);
    expect(readdirSync(library.home.tmp)).toEqual([]);
  });

  it.each([
    ['a qcow2 image', Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), 'invalid-input'],
    ['nothing', Buffer.alloc(0), 'invalid-input'],
    ['no file', undefined, 'file-not-found'],
  ])('refuses %s and keeps the disk', async (_what, bytes, code) => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    const before = statSync(path.join(folder, 'disk.img')).ino;
    const image = path.join(here.library.home.path, 'image');
    if (bytes !== undefined) writeFileSync(image, bytes);
    await expect(here.library.replaceDisk('a', image, quietWork())).rejects.toMatchObject({ code });
    expect(statSync(path.join(folder, 'disk.img')).ino).toBe(before);
  });

  it('refuses while another program runs the VM or writes the image', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    const image = path.join(here.library.home.path, 'image');
    writeFileSync(image, 'raw');
    {
      await using other = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
      expect(await other.line()).toBe('locked');
      await expect(here.library.replaceDisk('a', image, quietWork())).rejects.toMatchObject({ code: 'vm-running' });
    }
    await using other = OtherProgram.python(holdFlock, image);
    expect(await other.line()).toBe('locked');
    await expect(here.library.replaceDisk('a', image, quietWork())).rejects.toMatchObject({ code: 'disk-in-use' });
  });

  it('leaves everything as it was when called off', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    const before = statSync(path.join(folder, 'disk.img')).ino;
    const image = path.join(here.library.home.path, 'image');
    writeFileSync(image, 'raw');
    const work = quietWork(AbortSignal.abort());
    await expect(here.library.replaceDisk('a', image, work)).rejects.toMatchObject({ code: 'cancelled' });
    expect(statSync(path.join(folder, 'disk.img')).ino).toBe(before);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });
});
