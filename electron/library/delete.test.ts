import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Library } from './library.ts';
import { OtherProgram, askFcntl, holdFcntl } from './testing/other-program.ts';
import { layDownVm, temporaryFolder, temporaryLibrary } from './testing/temporary-home.ts';
import { onVolume } from './testing/volume.ts';
import { moveToTrash } from './trash.ts';

let dataHome: Disposable & { path: string };

/** The user's own Trash must stay as it is. */
beforeEach(() => {
  dataHome = temporaryFolder();
  process.env.XDG_DATA_HOME = dataHome.path;
});
afterEach(() => {
  delete process.env.XDG_DATA_HOME;
  dataHome[Symbol.dispose]();
});

describe('Library.delete', () => {
  it.each(['trash', 'permanent'] as const)('refuses a running VM (%s)', async (how) => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    await using other = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
    expect(await other.line()).toBe('locked');
    await expect(here.library.delete('a', how)).rejects.toMatchObject({
      code: 'vm-running',
      message: expect.stringContaining(`process ${other.pid}`) as string,
    });
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'disk.img', 'nvram.bin']);
    other.say('let go');
    await other.line();
    await here.library.delete('a', how);
    expect(existsSync(folder)).toBe(false);
  });

  it('deletes for good and leaves nothing in tmp', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    await here.library.delete('a', 'permanent');
    expect(await here.library.list()).toEqual([]);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });

  it('deletes a link, not what it leads to', async () => {
    using here = await temporaryLibrary();
    using elsewhere = temporaryFolder();
    const folder = layDownVm(here.library, 'a');
    renameSync(folder, path.join(elsewhere.path, 'vm'));
    symlinkSync(path.join(elsewhere.path, 'vm'), folder);
    await here.library.delete('a', 'permanent');
    expect(await here.library.list()).toEqual([]);
    expect(readdirSync(path.join(elsewhere.path, 'vm')).sort()).toEqual(['config.json', 'disk.img', 'nvram.bin']);
  });
});

describe.skipIf(process.platform === 'darwin')('moveToTrash', () => {
  it('follows the freedesktop.org specification in the home of the user', async () => {
    using folder = temporaryFolder();
    const vm = path.join(folder.path, 'größe & co');
    mkdirSync(vm);
    writeFileSync(path.join(vm, 'disk.img'), 'x');
    const target = await moveToTrash(vm, new Date(2026, 0, 2, 3, 4, 5));
    expect(target).toBe(path.join(dataHome.path, 'Trash', 'files', 'größe & co'));
    expect(readFileSync(path.join(target, 'disk.img'), 'utf8')).toBe('x');
    expect(existsSync(vm)).toBe(false);
    expect(readFileSync(path.join(dataHome.path, 'Trash', 'info', 'größe & co.trashinfo'), 'utf8')).toBe(
      `[Trash Info]\nPath=${folder.path}/gr%C3%B6%C3%9Fe%20%26%20co\nDeletionDate=2026-01-02T03:04:05\n`,
    );
    expect(statSync(path.join(dataHome.path, 'Trash')).mode & 0o777).toBe(0o700);
  });

  it('keeps what is in the Trash under that name already', async () => {
    using folder = temporaryFolder();
    const vm = path.join(folder.path, 'a');
    for (let count = 0; count < 3; count++) {
      mkdirSync(vm);
      writeFileSync(path.join(vm, 'count'), String(count));
      await moveToTrash(vm);
    }
    const files = path.join(dataHome.path, 'Trash', 'files');
    expect(readdirSync(files).sort()).toEqual(['a', 'a.2', 'a.3']);
    expect(readdirSync(path.join(dataHome.path, 'Trash', 'info')).sort()).toEqual([
      'a.2.trashinfo',
      'a.3.trashinfo',
      'a.trashinfo',
    ]);
    expect(readFileSync(path.join(files, 'a', 'count'), 'utf8')).toBe('0');
  });

  it('takes the longest name there can be', async () => {
    using folder = temporaryFolder();
    const vm = path.join(folder.path, 'ä'.repeat(127));
    mkdirSync(vm);
    expect(path.basename(await moveToTrash(vm))).toMatch(/^ä+$/);
  });

  it('uses the Trash of another volume, with a path inside it', async (context) => {
    await onVolume(context, 'tmpfs', 1_000_000, async (volume) => {
      const library = await Library.open(path.join(volume, 'home'));
      layDownVm(library, 'a');
      await library.delete('a', 'trash');
      const trash = path.join(volume, `.Trash-${process.getuid?.() ?? 0}`);
      expect(readdirSync(path.join(trash, 'files'))).toEqual(['a']);
      expect(readFileSync(path.join(trash, 'info', 'a.trashinfo'), 'utf8')).toContain('\nPath=home/vms/a\n');
    });
  });

  it('uses the shared Trash of a volume where an administrator made one', async (context) => {
    await onVolume(context, 'tmpfs', 1_000_000, async (volume) => {
      mkdirSync(path.join(volume, '.Trash'));
      chmodSync(path.join(volume, '.Trash'), 0o1777);
      mkdirSync(path.join(volume, 'a'));
      expect(await moveToTrash(path.join(volume, 'a'))).toBe(
        path.join(volume, '.Trash', String(process.getuid?.() ?? 0), 'files', 'a'),
      );
    });
  });

  it('says that a volume has none, and what to do then', async (context) => {
    await onVolume(context, 'tmpfs', 1_000_000, async (volume) => {
      writeFileSync(path.join(volume, `.Trash-${process.getuid?.() ?? 0}`), 'in the way');
      const library = await Library.open(path.join(volume, 'home'));
      const folder = layDownVm(library, 'a');
      await expect(library.delete('a', 'trash')).rejects.toMatchObject({
        code: 'not-supported',
        hint: 'Delete it for good instead.',
      });
      expect(readdirSync(folder).sort()).toEqual(['config.json', 'disk.img', 'nvram.bin']);
      // And nobody is left holding it.
      await using other = OtherProgram.python(askFcntl, path.join(folder, 'config.json'));
      other.say('?');
      expect(await other.line()).toBe('0');
    });
  });
});
