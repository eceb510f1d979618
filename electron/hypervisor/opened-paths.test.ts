import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { printAnnotations, noAnnotations, readSidecar } from '../library/annotations.ts';
import { confirmedPaths } from '../library/confirmed-paths.ts';
import type { Library } from '../library/library.ts';
import { quietWork, temporaryFolder, temporaryLibrary } from '../library/testing/temporary-home.ts';
import { allowPaths, pathsToAllow } from './allowing-paths.ts';
import { admitPaths, requireOwnFiles } from './opened-paths.ts';

let home: Awaited<ReturnType<typeof temporaryLibrary>>;
let outside: ReturnType<typeof temporaryFolder>;
let library: Library;
let folder: string;
beforeEach(async () => {
  home = await temporaryLibrary();
  ({ library } = home);
  outside = temporaryFolder();
  vi.stubEnv('TATIN_STATE', path.join(outside.path, 'state'));
  ({ folder } = await library.create({ name: 'web', os: 'linux', diskBytes: 1024 ** 2 }, quietWork()));
});
afterEach(() => {
  vi.unstubAllEnvs();
  outside[Symbol.dispose]();
  home[Symbol.dispose]();
});

const at = (name: string): string => path.join(outside.path, name);
const disk = (place: string, readOnly = false) => ({ path: place, readOnly });
const share = (place: string, readOnly = false) => ({ name: 'it', path: place, readOnly });
const sidecar = (): string => path.join(folder, 'tatin.json');

/** Writes tatin.json as anybody could who makes a folder of a machine. */
function writeByHand(options: object, more: object = readSidecar(folder).unknown): void {
  writeFileSync(sidecar(), printAnnotations({ ...noAnnotations(), ...options }, { ...more }));
}

const asked = async (): Promise<string[]> =>
  (await pathsToAllow(library, 'web')).map(
    ({ path: place, kind, writable }) => `${kind} ${place}${writable ? '' : ' (read only)'}`,
  );

describe('What a machine opens outside of its folder', () => {
  it('has to be allowed where only tatin.json names it', async () => {
    expect(await asked()).toEqual([]);
    writeByHand({ extraDisks: [disk('/etc/shadow'), disk('/dev/sda', true)], sharedFolders: [share('/')] });
    expect(await asked()).toEqual(['disk /etc/shadow', 'disk /dev/sda (read only)', 'folder /']);
    await allowPaths(library, 'web', await pathsToAllow(library, 'web'));
    expect(await asked()).toEqual([]);
    writeByHand({ extraDisks: [disk('/etc/shadow'), disk('/dev/sda')], sharedFolders: [share('/etc')] });
    expect(await asked()).toEqual(['disk /dev/sda', 'folder /etc']);
  });

  it('is allowed by whoever sets it, and no longer when that is taken back', async () => {
    await library.annotate('web', { extraDisks: [disk(at('data.img'))], sharedFolders: [share(at('a'))] });
    expect(await asked()).toEqual([]);
    await library.annotate('web', { sharedFolders: [] });
    writeByHand({ extraDisks: [disk(at('data.img'))], sharedFolders: [share(at('a'))] });
    expect(await asked()).toEqual([`folder ${at('a')}`]);
  });

  it('is not allowed by a change of something else beside it', async () => {
    writeByHand({ sharedFolders: [share('/'), { ...share('/etc'), name: 'etc' }] });
    await library.annotate('web', { notes: 'mine' });
    await library.annotate('web', { sharedFolders: [share('/'), { ...share(at('a')), name: 'a' }] });
    expect(await asked()).toEqual(['folder /']);
  });

  it('is allowed for reading alone where that was said', async () => {
    await library.annotate('web', { sharedFolders: [share(at('a'))] });
    await library.annotate('web', { sharedFolders: [share(at('a'), true)] });
    expect(await asked()).toEqual([]);
    writeByHand({ sharedFolders: [share(at('a'))] });
    expect(await asked()).toEqual([`folder ${at('a')}`]);
  });

  it('goes with a machine that is made with a disc, renamed, duplicated, or given another address', async () => {
    const extraDisks = [disk(at('install.iso'), true)];
    await library.create({ name: 'b', os: 'linux', diskBytes: 1024 ** 2, annotations: { extraDisks } }, quietWork());
    await library.configure('b', { randomMac: true });
    await library.rename('b', 'c');
    await library.clone('c', 'd', quietWork());
    for (const name of ['c', 'd']) expect(await pathsToAllow(library, name)).toEqual([]);
  });

  it('is worth nothing in another machine, on another computer, or with one letter changed', async () => {
    await library.annotate('web', { sharedFolders: [share(at('a'))] });
    const text = readFileSync(sidecar(), 'utf8');
    const other = await library.create({ name: 'other', os: 'linux', diskBytes: 1024 ** 2 }, quietWork());
    writeFileSync(path.join(other.folder, 'tatin.json'), text);
    expect(await pathsToAllow(library, 'other')).toHaveLength(1);
    writeFileSync(sidecar(), text.replaceAll(at('a'), at('b')));
    expect(await asked()).toEqual([`folder ${at('b')}`]);
    writeFileSync(sidecar(), text);
    expect(await asked()).toEqual([]);
    renameSync(at('state'), at('state-elsewhere'));
    expect(await asked()).toEqual([`folder ${at('a')}`]);
  });

  it.each([null, 1, 'x', [], { paths: '/' }, { paths: [{ path: '/' }], seal: 'x' }, { paths: [], seal: 1 }])(
    'is not allowed by %j',
    async (confirmed) => {
      writeByHand({ sharedFolders: [share('/')] }, { confirmed });
      expect(await asked()).toEqual(['folder /']);
      expect(confirmedPaths(folder, (await library.get('web')).config.macAddress)).toEqual([]);
    },
  );

  it('is only allowed as it was shown', async () => {
    writeByHand({ sharedFolders: [share('/etc')] });
    const shown = await pathsToAllow(library, 'web');
    writeByHand({ sharedFolders: [share('/')] });
    await expect(allowPaths(library, 'web', shown)).rejects.toMatchObject({ code: 'not-allowed' });
    expect(await asked()).toEqual(['folder /']);
  });

  it.each(['disk.img', 'nvram.bin', 'qemu-vars.fd', 'state.vzvmsave'])(
    'is what its %s links to, and may be allowed like a disk',
    async (leaf) => {
      writeFileSync(at('elsewhere'), 'x');
      rmSync(path.join(folder, leaf), { force: true });
      symlinkSync(at('elsewhere'), path.join(folder, leaf));
      expect(await asked()).toEqual([`disk ${at('elsewhere')}`]);
      await requireOwnFiles(folder);
      await allowPaths(library, 'web', await pathsToAllow(library, 'web'));
      expect(await asked()).toEqual([]);
      // The link leads elsewhere now.
      rmSync(path.join(folder, leaf));
      symlinkSync('/etc/shadow', path.join(folder, leaf));
      expect(await asked()).toEqual(['disk /etc/shadow']);
    },
  );

  it('is where links on the way to it lead', async () => {
    mkdirSync(at('real'));
    writeFileSync(at('real/data.img'), 'x');
    symlinkSync(at('real'), at('way'));
    await library.annotate('web', { extraDisks: [disk(at('way/data.img'))] });
    expect(await asked()).toEqual([]);
    rmSync(at('way'));
    mkdirSync(at('other'));
    writeFileSync(at('other/data.img'), 'x');
    symlinkSync(at('other'), at('way'));
    expect(await asked()).toEqual([`disk ${at('other/data.img')}`]);
  });

  it('is none of its own disks, but every file that says what it is', async () => {
    writeFileSync(path.join(folder, 'data.img'), 'x');
    writeByHand({ extraDisks: [disk('data.img'), disk('tatin.json'), disk(path.join(folder, 'config.json'))] });
    expect(await asked()).toEqual([`disk ${sidecar()}`, `disk ${path.join(folder, 'config.json')}`]);
    writeByHand({ sharedFolders: [share(folder)] });
    expect(await asked()).toEqual([`folder ${folder}`]);
  });
});

describe('admitPaths', () => {
  it('tells where each may be opened, and lists what nobody allowed, with what would mislead spelled out', async () => {
    writeFileSync(at('data.img'), 'x');
    symlinkSync(at('data.img'), at('link'));
    const opened = [{ kind: 'disk' as const, path: at('link'), writable: false }];
    const real = await admitPaths(folder, opened, [{ path: at('data.img'), writable: false }]);
    expect(real(at('link'))).toBe(at('data.img'));
    await expect(
      admitPaths(folder, [...opened, { kind: 'folder', path: '/a\u001B[2J\u202Eb', writable: true }], []),
    ).rejects.toMatchObject({
      code: 'paths-not-confirmed',
      message: expect.stringContaining(
        `${at('data.img')} (read only); "/a\\u001b[2J\\u202eb" (folder, read and write)`,
      ) as string,
      hint: expect.stringContaining('tatin set web --allow-paths') as string,
    });
  });

  it('refuses a pipe, allowed or not', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const opened = [{ kind: 'disk' as const, path: at('pipe'), writable: true }];
    await expect(admitPaths(folder, opened, opened)).rejects.toMatchObject({ code: 'file-not-allowed' });
  });
});

describe('requireOwnFiles', () => {
  it.each([
    ...['config.json', 'tatin.json', 'serial.log', 'qemu.log', 'events.jsonl', 'usage.ring', 'picture.png'],
    ...['picture.png.new', 'last-run.json.new', 'control.sock', 'state.qemu', 'state.qemu.partial', 'install.log'],
  ])('refuses a machine whose %s leads elsewhere, or is a pipe', async (leaf) => {
    const file = path.join(folder, leaf);
    writeFileSync(at('mine'), 'mine');
    rmSync(file, { force: true });
    symlinkSync(at('mine'), file);
    await expect(requireOwnFiles(folder)).rejects.toMatchObject({ code: 'file-not-allowed' });
    rmSync(file);
    execFileSync('mkfifo', [file]);
    await expect(requireOwnFiles(folder)).rejects.toMatchObject({ code: 'file-not-allowed' });
  });

  it('takes what is there itself, and does not mind files of others', async () => {
    for (const leaf of ['serial.log', 'picture.png']) writeFileSync(path.join(folder, leaf), 'x');
    mkdirSync(path.join(folder, 'state.qemu'));
    symlinkSync('/etc', path.join(folder, 'other'));
    linkSync(path.join(folder, 'disk.img'), path.join(folder, 'disk-2.img'));
    await requireOwnFiles(folder);
  });
});
