import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readAnnotations } from '../../library/annotations.ts';
import { freeBytes } from '../../files/space.ts';
import { quietWork, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { cloneImage } from './clone-image.ts';
import { pin } from './marks.ts';
import { makeRoom, planRoom } from './prune.ts';
import { daysAgo, layDownImage } from './testing/cached-image.ts';

const id = `ghcr.io/org/linux@sha256:${'a'.repeat(64)}`;
const megabyte = 1_000_000;

afterEach(() => vi.unstubAllEnvs());

describe('cloneImage', () => {
  it('makes a machine with the config, firmware variables and disk of the image, by tag or digest', async () => {
    using here = await temporaryLibrary();
    const { library } = here;
    const image = layDownImage(library.home, { dataBytes: 70_000, daysUnused: 9 });
    writeFileSync(path.join(image, 'manifest.json'), '{}');
    const byTag = await cloneImage(library, 'ghcr.io/org/linux:latest', 'web', quietWork());
    expect(byTag).toMatchObject({
      name: 'web',
      diskBytes: megabyte,
      config: { os: 'linux', macAddress: '7a:0b:2c:00:4e:5f' },
    });
    for (const file of ['disk.img', 'nvram.bin'])
      expect(readFileSync(path.join(byTag.folder, file)).equals(readFileSync(path.join(image, file)))).toBe(true);
    expect(existsSync(path.join(byTag.folder, 'manifest.json'))).toBe(false);
    expect(readAnnotations(byTag.folder).image).toBe(id);
    // As Tart notes a use: the access time is now, the modification time what it was.
    expect(statSync(image).atimeMs).toBeGreaterThan(daysAgo(1) * 1000);
    expect(statSync(image).mtimeMs / 1000).toBeCloseTo(daysAgo(9), -2);
    const byDigest = await cloneImage(library, id, 'other', quietWork());
    expect(readAnnotations(byDigest.folder).system).toBe('');
    layDownImage(library.home, { place: 'ghcr.io/cirruslabs/ubuntu', digit: 'c' });
    const known = await cloneImage(library, 'ghcr.io/cirruslabs/ubuntu:latest', 'known', quietWork());
    expect(readAnnotations(known.folder).system).toBe('Ubuntu for arm64');
    expect(byDigest.config.macAddress).not.toBe(byTag.config.macAddress);
  });

  it('refuses what is not there, what is broken and a name that is taken', async () => {
    using here = await temporaryLibrary();
    const { library } = here;
    const image = layDownImage(library.home);
    const make = (name: string, newName: string) => cloneImage(library, name, newName, quietWork());
    await make(id, 'web');
    await expect(make(id, 'web')).rejects.toMatchObject({ code: 'vm-exists' });
    await expect(make(id, 'a/b')).rejects.toMatchObject({ code: 'name-not-allowed' });
    await expect(make('ghcr.io/org/linux:none', 'x')).rejects.toMatchObject({ code: 'image-not-found' });
    rmSync(path.join(image, 'disk.img'));
    await expect(make(id, 'x')).rejects.toMatchObject({ code: 'image-damaged' });
  });

  it('makes room from old images where there is none, and keeps the one that it copies', async (context) => {
    await onVolume(context, 'tmpfs', 16 * megabyte, async (mountPoint) => {
      using here = await temporaryLibrary(mountPoint);
      const { library } = here;
      const source = layDownImage(library.home, { dataBytes: 6 * megabyte, daysUnused: 90 });
      const old = layDownImage(library.home, { digit: 'b', tags: ['old'], dataBytes: 6 * megabyte, daysUnused: 30 });
      await cloneImage(library, id, 'web', quietWork());
      expect([source, old].map((folder) => existsSync(folder))).toEqual([true, false]);
    });
  });

  it('makes room for what the guest may write only within the limit', async (context) => {
    await onVolume(context, 'tmpfs', 16 * megabyte, async (mountPoint) => {
      using here = await temporaryLibrary(mountPoint);
      const { library } = here;
      layDownImage(library.home, { diskBytes: 100 * megabyte });
      const old = layDownImage(library.home, { digit: 'b', tags: ['old'], dataBytes: 4 * megabyte, daysUnused: 30 });
      await cloneImage(library, id, 'one', quietWork(), 2 * megabyte);
      expect(existsSync(old)).toBe(true);
      await cloneImage(library, id, 'two', quietWork(), 15 * megabyte);
      expect(existsSync(old)).toBe(false);
    });
  });
});

describe('makeRoom', () => {
  it('deletes nothing in vain, nothing that is pinned, and nothing where it is told not to', async (context) => {
    await onVolume(context, 'tmpfs', 16 * megabyte, async (mountPoint) => {
      using here = await temporaryLibrary(mountPoint);
      const { home } = here.library;
      const old = layDownImage(home, { digit: 'a', tags: ['a'], dataBytes: 2 * megabyte, daysUnused: 90 });
      const older = layDownImage(home, { digit: 'b', tags: ['b'], dataBytes: 2 * megabyte, daysUnused: 99 });
      const room = async (more: number) => await makeRoom(home, (await freeBytes(home.cache)) + more, quietWork());
      const plan = async (more: number) =>
        (await planRoom(home, (await freeBytes(home.cache)) + more)).map(({ name }) => name);
      expect(await plan(9 * megabyte)).toEqual([]);
      expect(await plan(megabyte)).toEqual(['ghcr.io/org/linux:b']);
      expect(await room(9 * megabyte)).toBe(0);
      expect(await room(0)).toBe(0);
      vi.stubEnv('TART_NO_AUTO_PRUNE', '');
      expect(await room(megabyte)).toBe(0);
      expect(await plan(megabyte)).toEqual([]);
      vi.unstubAllEnvs();
      await pin(older);
      expect(await plan(megabyte)).toEqual(['ghcr.io/org/linux:a']);
      expect(await room(megabyte)).toBeGreaterThanOrEqual(2 * megabyte);
      expect([old, older].map((folder) => existsSync(folder))).toEqual([false, true]);
    });
  });
});
