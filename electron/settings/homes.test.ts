import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Library } from '../library/library.ts';
import { mountOf, parseLinuxMounts, parseMacMounts } from '../files/mounts.ts';
import { chosenHome } from './chosen-home.ts';
import { addHome, listHomes, removeHome, useHome } from './homes.ts';
import { readSettings } from './settings-file.ts';

let folder: string;
const at = (name: string): string => path.join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tatin-homes-'));
  vi.stubEnv('TATIN_STATE', at('state'));
  vi.stubEnv('TART_HOME', '');
  vi.stubEnv('HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('The homes', () => {
  it('are the usual one until another is chosen, which the one before then stands beside', async () => {
    expect(chosenHome()).toBe(at('.tart'));
    await useHome(at('other'));
    expect(chosenHome()).toBe(at('other'));
    expect((await listHomes(chosenHome())).map(({ path: home, inUse }) => [home, inUse])).toEqual([
      [at('other'), true],
      [at('.tart'), false],
    ]);
  });

  it('say what they hold and stand on', async () => {
    const library = await Library.open(at('home'));
    const work = { signal: new AbortController().signal, progress: () => undefined };
    await library.create({ name: 'web', os: 'linux', diskBytes: 1_000_000 }, work);
    const [home] = await listHomes(at('home'));
    expect(home).toMatchObject({ machineCount: 1, inUse: true, isNext: false });
    expect(home?.machinesBytes).toBeGreaterThan(0);
    expect(home?.totalBytes).toBeGreaterThan(home?.freeBytes ?? Infinity);
    expect(home?.fileSystem).toMatch(/^[a-z]/);
    expect(home?.unavailable).toBeUndefined();
  });

  it('that are gone stay on the list with the reason, and are back with their drive', async () => {
    mkdirSync(at('drive'));
    await addHome(at('drive/vms'));
    renameSync(at('drive'), at('pulled-out'));
    const gone = (await listHomes(at('home')))[2];
    expect(gone).toMatchObject({ path: at('drive/vms'), unavailable: expect.stringContaining('no folder') as string });
    expect(existsSync(at('drive'))).toBe(false);
    await expect(useHome(at('drive/vms'))).rejects.toMatchObject({ code: 'home-unavailable' });
    renameSync(at('pulled-out'), at('drive'));
    expect((await listHomes(at('home')))[2]?.unavailable).toBeUndefined();
  });

  it('in use can’t be taken off the list; others can, and stay on disk', async () => {
    await addHome(at('other'));
    await expect(removeHome(at('.tart'), at('.tart'))).rejects.toMatchObject({ code: 'invalid-input' });
    await removeHome(at('other'), at('.tart'));
    expect(readSettings()['home.others']).toEqual([]);
    expect(existsSync(at('other'))).toBe(true);
  });

  it('follow TART_HOME before anything else', async () => {
    await useHome(at('other'));
    vi.stubEnv('TART_HOME', at('named'));
    expect(chosenHome()).toBe(at('named'));
    await expect(useHome(at('third'))).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('need a whole path', async () => {
    await expect(addHome('vms')).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

describe('The list of mounts', () => {
  it('is read on Linux, blanks and all', () => {
    const mounts = parseLinuxMounts(
      '/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /mnt/my\\040vms btrfs rw 0 0\ntmpfs /mnt tmpfs rw 0 0\n',
    );
    expect(mountOf('/mnt/my vms/tart', mounts)?.kind).toBe('btrfs');
    expect(mountOf('/mnt/my', mounts)?.kind).toBe('tmpfs');
    expect(mountOf('/mntx', mounts)?.kind).toBe('ext4');
  });

  it('is read on a Mac, brackets and all', () => {
    const mounts = parseMacMounts(
      [
        '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
        '/dev/disk5s2 on /Volumes/My VMs (2) (exfat, local, nodev)',
        'map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)',
      ].join('\n'),
    );
    expect(mountOf('/Volumes/My VMs (2)/tart', mounts)?.kind).toBe('exfat');
    expect(mountOf('/Users/me', mounts)?.kind).toBe('apfs');
  });
});
