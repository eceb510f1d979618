import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Library } from './library.ts';
import { OtherProgram, holdFcntl } from './testing/other-program.ts';
import {
  layDownVm,
  makeVm,
  quietWork,
  tartConfig,
  temporaryFolder,
  temporaryLibrary,
} from './testing/temporary-home.ts';
import { nameOf, vmIdOf } from './vm-id.ts';

describe('Library.open', () => {
  it('makes the home, part by part, where it is missing', async () => {
    using folder = temporaryFolder();
    const library = await Library.open(path.join(folder.path, 'a', 'b'));
    expect(readdirSync(library.home.path).sort()).toEqual(['cache', 'tmp']);
    expect(await library.list()).toEqual([]);
  });

  it('says that a home can not be used', async () => {
    using folder = temporaryFolder();
    writeFileSync(path.join(folder.path, 'file'), '');
    await expect(Library.open(path.join(folder.path, 'file', 'home'))).rejects.toMatchObject({
      code: 'home-unavailable',
      hint: expect.stringContaining('TART_HOME') as string,
    });
  });
});

describe('Library.list', () => {
  it('shows what Tart laid down, with its sizes, its time and that it is stopped', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'from tart');
    const [vm] = await here.library.list();
    expect(vm).toMatchObject({
      kind: 'machine',
      name: 'from tart',
      folder,
      diskBytes: 1_000_000,
      lockPid: undefined,
      suspendedAt: undefined,
      eventsVersion: undefined,
      config: { memorySize: 16 * 1024 ** 3, os: 'linux' },
    });
    const used = Number(
      execFileSync('du', ['-B1', '-c', `${folder}/config.json`, `${folder}/disk.img`, `${folder}/nvram.bin`], {
        encoding: 'utf8',
      })
        .trim()
        .split('\n')
        .at(-1)
        ?.split('\t')[0],
    );
    expect(vm?.allocatedBytes).toBe(used);
    expect(vm?.accessedAt).toEqual(statSync(folder).atime);
  });

  it('shows who runs a VM', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    await using other = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
    expect(await other.line()).toBe('locked');
    expect(await here.library.list()).toMatchObject([{ lockPid: other.pid }]);
  });

  it.each(['state.vzvmsave', 'state.qemu'])('shows that a VM with %s is suspended', async (leaf) => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    mkdirSync(path.join(folder, leaf));
    utimesSync(path.join(folder, leaf), 1_700_000_000, 1_700_000_000);
    expect(await here.library.list()).toMatchObject([{ suspendedAt: new Date(1_700_000_000_000) }]);
  });

  it('shows and works with names that a new VM could not have', async () => {
    using here = await temporaryLibrary();
    const odd = [
      '-rf',
      ' lead',
      'a"b',
      "it's",
      '$(x)',
      'ünï',
      '日本',
      '.hidden',
      'line\nbreak',
      'x'.repeat(255),
      '%2e',
      'back\\slash',
    ];
    for (const name of odd) layDownVm(here.library, name);
    expect((await here.library.list()).map(({ name, kind }) => [name, kind])).toEqual(
      odd.sort().map((name) => [name, 'machine']),
    );
    for (const name of odd) {
      expect(nameOf(vmIdOf(name))).toBe(name);
      expect(await here.library.annotate(name, { notes: name })).toMatchObject({ name, annotations: { notes: name } });
      await here.library.delete(name, 'permanent');
    }
    expect(readdirSync(here.library.home.vms)).toEqual([]);
  });

  it('takes no notice of files that are no VM', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    writeFileSync(path.join(here.library.home.vms, '.DS_Store'), '');
    expect((await here.library.list()).map(({ name }) => name)).toEqual(['a']);
  });

  it('follows a link to a VM elsewhere', async () => {
    using here = await temporaryLibrary();
    using elsewhere = temporaryFolder();
    const folder = layDownVm(here.library, 'linked');
    renameSync(folder, path.join(elsewhere.path, 'vm'));
    symlinkSync(path.join(elsewhere.path, 'vm'), folder);
    expect(await here.library.get('linked')).toMatchObject({ name: 'linked', folder });
  });

  it.each<[string, (folder: string) => void]>([
    ['config.json is missing', (folder) => rmSync(`${folder}/config.json`)],
    ['config.json is empty', (folder) => truncateSync(`${folder}/config.json`, 0)],
    [
      'config.json ends in line 14',
      (folder) => writeFileSync(`${folder}/config.json`, tartConfig.split('\n').slice(0, 14).join('\n')),
    ],
    [
      'config.json is not a file',
      (folder) => {
        rmSync(`${folder}/config.json`);
        mkdirSync(`${folder}/config.json`);
      },
    ],
    ['disk.img is missing', (folder) => rmSync(`${folder}/disk.img`)],
    [
      'disk.img is missing',
      (folder) => {
        rmSync(`${folder}/disk.img`);
        symlinkSync('/nonexistent', `${folder}/disk.img`);
      },
    ],
    ['nvram.bin is missing', (folder) => rmSync(`${folder}/nvram.bin`)],
    [
      'macAddress is not a MAC address in config.json',
      (folder) => writeFileSync(`${folder}/config.json`, tartConfig.replace('7a:0b', '7a0b')),
    ],
    [
      'it was made by a newer Tart (stacked disk)',
      (folder) => {
        renameSync(`${folder}/disk.img`, `${folder}/overlay.asif`);
        writeFileSync(`${folder}/manifest.json`, '{}');
      },
    ],
    [
      'the folder that it links to is missing',
      (folder) => {
        rmSync(folder, { recursive: true });
        symlinkSync('/nonexistent', folder);
      },
    ],
  ])('says of a broken VM: %s', async (reason, breakIt) => {
    using here = await temporaryLibrary();
    breakIt(layDownVm(here.library, 'broken'));
    layDownVm(here.library, 'whole');
    expect(await here.library.list()).toMatchObject([
      { kind: 'unreadable', name: 'broken', reason },
      { kind: 'machine', name: 'whole' },
    ]);
    await expect(here.library.get('broken')).rejects.toMatchObject({
      code: 'vm-unreadable',
      message: expect.stringContaining(reason) as string,
    });
    await here.library.delete('broken', 'permanent');
    expect((await here.library.list()).map(({ name }) => name)).toEqual(['whole']);
  });

  it('sees that a file was changed since it last looked', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    const file = path.join(folder, 'config.json');
    for (const cpus of [1, 2, 3, 4, 5, 6, 7, 8]) {
      writeFileSync(file, tartConfig.replace('"cpuCount" : 4', `"cpuCount" : ${cpus}`));
      expect(await here.library.list()).toMatchObject([{ config: { cpuCount: cpus } }]);
    }
  });

  it('says that the home went away', async () => {
    using here = await temporaryLibrary();
    rmSync(here.library.home.path, { recursive: true });
    await expect(here.library.list()).rejects.toMatchObject({ code: 'home-unavailable', retry: true });
  });

  it('lets other work of the process go on while it reads a thousand VMs', async () => {
    using here = await temporaryLibrary();
    const model = layDownVm(here.library, 'vm');
    for (let number = 1; number < 1000; number++) {
      const folder = path.join(here.library.home.vms, `vm${number}`);
      mkdirSync(folder);
      for (const leaf of ['config.json', 'nvram.bin', 'disk.img'])
        copyFileSync(path.join(model, leaf), path.join(folder, leaf));
    }
    let turns = 0;
    const turn = setInterval(() => turns++, 1);
    const entries = await here.library.list();
    clearInterval(turn);
    expect(entries.filter(({ kind }) => kind === 'machine')).toHaveLength(1000);
    expect(turns).toBeGreaterThan(1);
  });
});

describe('Library.get', () => {
  it.each(['none', '', '.', '..', '../a', 'a/../b', '/etc', 'a\0'])('does not find %j', async (name) => {
    using here = await temporaryLibrary();
    await expect(here.library.get(name)).rejects.toMatchObject({ code: 'vm-not-found' });
    await expect(here.library.delete(name, 'permanent')).rejects.toMatchObject({ code: 'vm-not-found' });
  });
});

describe('Library.create', () => {
  it('makes a VM that is whole in the eyes of Tart, on a disk that takes no room', async () => {
    using here = await temporaryLibrary();
    const vm = await here.library.create(
      {
        name: 'Demo Linux',
        os: 'linux',
        diskBytes: 50e9,
        arch: 'arm64',
        cpuCount: 3,
        memoryBytes: 1024 ** 3,
        annotations: { system: 'Demo' },
      },
      quietWork(),
    );
    const config = JSON.parse(readFileSync(path.join(vm.folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toEqual({
      version: 1,
      os: 'linux',
      arch: 'arm64',
      cpuCountMin: 3,
      cpuCount: 3,
      memorySizeMin: 1024 ** 3,
      memorySize: 1024 ** 3,
      macAddress: expect.stringMatching(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/) as string,
      display: { width: 1024, height: 768 },
      diskFormat: 'raw',
    });
    expect(vm).toMatchObject({ diskBytes: 50e9, annotations: { system: 'Demo' } });
    expect(vm.allocatedBytes).toBeLessThan(100_000);
    expect(readdirSync(vm.folder).sort()).toEqual(['config.json', 'disk.img', 'nvram.bin', 'tatin.json']);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });

  it('fills the disk before anybody sees the VM, and grows what was written to the asked size', async () => {
    using here = await temporaryLibrary();
    const vm = await here.library.create(
      {
        name: 'a',
        os: 'linux',
        diskBytes: 1_000_001,
        fill: async (disk) => {
          expect(statSync(disk.path).size).toBe(1_000_448);
          writeFileSync(disk.path, 'begin');
          expect(await here.library.list()).toEqual([]);
        },
      },
      quietWork(),
    );
    expect(vm.diskBytes).toBe(1_000_448);
    expect(readFileSync(path.join(vm.folder, 'disk.img'), 'utf8').slice(0, 6)).toBe('begin\0');
  });

  it.each<[string, Error, string]>([
    ['fails', Object.assign(new Error('full'), { code: 'ENOSPC' }), 'no-space'],
    ['is called off', new DOMException('stop', 'AbortError'), 'cancelled'],
  ])('leaves nothing behind when the fill %s', async (_, error, code) => {
    using here = await temporaryLibrary();
    await expect(makeVm(here.library, 'a', { fill: () => Promise.reject(error) })).rejects.toMatchObject({ code });
    expect(await here.library.list()).toEqual([]);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });

  it('never makes a VM over another, nor over a folder that is none', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    mkdirSync(path.join(here.library.home.vms, 'b'));
    for (const name of ['a', 'b'])
      await expect(makeVm(here.library, name)).rejects.toMatchObject({ code: 'vm-exists' });
    expect(readFileSync(path.join(folder, 'config.json'), 'utf8')).toBe(tartConfig);
  });

  it('does not replace one that came while it was built', async () => {
    using here = await temporaryLibrary();
    const made = makeVm(here.library, 'a', {
      fill: () => {
        layDownVm(here.library, 'a');
        return Promise.resolve();
      },
    });
    await expect(made).rejects.toMatchObject({ code: 'vm-exists' });
    expect(readFileSync(path.join(here.library.home.vms, 'a', 'config.json'), 'utf8')).toBe(tartConfig);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });

  it.each<[object, string]>([
    [{ name: '../a' }, 'name-not-allowed'],
    [{ diskBytes: 0 }, 'invalid-input'],
    [{ diskBytes: Number.NaN }, 'invalid-input'],
    [{ cpuCount: 0 }, 'invalid-input'],
    [{ memoryBytes: 1 }, 'invalid-input'],
    [{ annotations: { tags: ['a,b'] } }, 'invalid-input'],
    [{ diskBytes: 2 ** 52 }, 'invalid-input'],
  ])('refuses %j', async (change, code) => {
    using here = await temporaryLibrary();
    await expect(makeVm(here.library, 'a', change)).rejects.toMatchObject({ code });
    expect(await here.library.list()).toEqual([]);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });
});

describe('Library.rename', () => {
  it('gives the folder another name', async () => {
    using here = await temporaryLibrary();
    await makeVm(here.library, 'a', { annotations: { notes: 'kept' } });
    expect(await here.library.rename('a', 'b')).toMatchObject({ name: 'b', annotations: { notes: 'kept' } });
    expect((await here.library.list()).map(({ name }) => name)).toEqual(['b']);
    expect(await here.library.rename('b', 'B')).toMatchObject({ name: 'B' });
  });

  it('refuses a name that is taken, not allowed or the VM while it runs', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    layDownVm(here.library, 'b');
    layDownVm(here.library, 'A');
    await expect(here.library.rename('a', 'b')).rejects.toMatchObject({ code: 'vm-exists' });
    await expect(here.library.rename('a', 'A')).rejects.toMatchObject({ code: 'vm-exists' });
    await expect(here.library.rename('a', 'x/y')).rejects.toMatchObject({ code: 'name-not-allowed' });
    await expect(here.library.rename('none', 'c')).rejects.toMatchObject({ code: 'vm-not-found' });
    await using other = OtherProgram.python(holdFcntl, path.join(folder, 'config.json'));
    expect(await other.line()).toBe('locked');
    await expect(here.library.rename('a', 'c')).rejects.toMatchObject({ code: 'vm-running' });
    expect((await here.library.list()).map(({ name }) => name)).toEqual(['A', 'a', 'b']);
  });
});

describe('Library.touch', () => {
  it('notes the use in Tart’s way: now, and the last use as the time of change', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    utimesSync(folder, 1_600_000_000.7, 1_500_000_000);
    const before = Math.floor(Date.now() / 1000);
    await here.library.touch('a');
    const { atimeMs, mtimeMs } = statSync(folder);
    expect(mtimeMs).toBe(1_600_000_000_000);
    expect(atimeMs % 1000).toBe(0);
    expect(atimeMs / 1000).toBeGreaterThanOrEqual(before);
    await expect(here.library.touch('none')).rejects.toMatchObject({ code: 'vm-not-found' });
  });
});

describe('Library.suggestName', () => {
  it('takes account of what is there, in either case', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'Web');
    expect(await here.library.suggestName('web')).toBe('web-2');
    expect(await here.library.suggestName('a/b')).toBe('a-b');
  });
});
