import { existsSync, lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Library } from '../library/library.ts';
import { layDownVm } from '../library/testing/temporary-home.ts';
import { type LaidDown, layDownImage } from '../registry/cache/testing/cached-image.ts';
import { TatinHome } from './testing/tatin.ts';

/** A home with images as Tart pulled them. */
async function homeWith(...images: LaidDown[]): Promise<TatinHome & { library: Library; folders: string[] }> {
  const home = new TatinHome();
  const library = await Library.open(home.path);
  return Object.assign(home, { library, folders: images.map((image) => layDownImage(library.home, image)) });
}

const name = 'ghcr.io/org/linux';
const idOf = (digit: string): string => `${name}@sha256:${digit.repeat(64)}`;
const silent = { exitCode: 0, out: '', err: '' };

describe('tatin fqn', () => {
  it('prints what a tag leads to, and a VM as it is', async () => {
    using home = await homeWith({ tags: ['latest', '1.0'] });
    for (const image of [name, `${name}:1.0`, idOf('a')])
      expect(await home.run(['fqn', image])).toEqual({ ...silent, out: `${idOf('a')}\n` });
    expect(await home.run(['fqn', 'web'])).toEqual({ ...silent, out: 'web\n' });
    const { exitCode, err } = await home.run(['fqn', `${name}:2.0`]);
    expect(exitCode).toBe(1);
    expect(err).toContain("is not a digest and doesn't point to a digest");
    expect((await home.run(['fqn', 'ghcr.io/a//b'])).err).toContain('is not the name of an image');
  });
});

describe('tatin clone', () => {
  it('makes a VM of an image that is here without asking its registry', async () => {
    using home = await homeWith({ dataBytes: 70_000 });
    expect(await home.run(['clone', name, 'web', '--prune-limit', '0'])).toEqual(silent);
    const disk = (folder: string) => readFileSync(path.join(folder, 'disk.img'));
    expect(disk(path.join(home.vms, 'web')).equals(disk(home.folders[0] ?? ''))).toBe(true);
    const { exitCode, err } = await home.run(['clone', name, 'web']);
    expect({ exitCode, err }).toMatchObject({ exitCode: 1, err: expect.stringContaining('"web" already') as string });
  });
});

describe('tatin delete', () => {
  it('takes one tag, the last of them with its image, and a digest with all', async () => {
    using home = await homeWith({ tags: ['1', '2'] }, { digit: 'b', tags: ['3', '4'] });
    const [first = '', second = ''] = home.folders;
    expect(await home.run(['delete', `${name}:1`])).toEqual(silent);
    expect(existsSync(first)).toBe(true);
    expect(await home.run(['delete', `${name}:2`, idOf('b')])).toEqual(silent);
    expect([first, second, path.join(path.dirname(second), '3')].some((file) => existsSync(file))).toBe(false);
  });

  it('deletes nothing if one of several is not there', async () => {
    using home = await homeWith({});
    layDownVm(home.library, 'web');
    const { exitCode, err } = await home.run(['delete', 'web', name, `${name}:none`]);
    expect({ exitCode, err }).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('not in the cache') as string,
    });
    expect(existsSync(path.join(home.vms, 'web'))).toBe(true);
    expect(existsSync(home.folders[0] ?? '')).toBe(true);
  });
});

describe('tatin prune', () => {
  it('says before what it would take and why the rest stays', async () => {
    using home = await homeWith({ tags: ['old'], daysUnused: 40 }, { digit: 'b', tags: ['new'], daysUnused: 2 });
    const { exitCode, out } = await home.run(['prune', '--older-than', '30', '--dry-run']);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Entry +Size +Accessed +Verdict\n/);
    expect(out).toMatch(/linux:new .* stays: used in the last 30 days\n/);
    expect(out).toMatch(/linux:old .* goes\n1 of 2 would be deleted, at most \d+ KB\.\n$/);
    expect(home.folders.every((folder) => existsSync(folder))).toBe(true);
    expect(await home.run(['prune', '--older-than', '30'])).toMatchObject({ exitCode: 0, out: '' });
    expect(home.folders.map((folder) => existsSync(folder))).toEqual([false, true]);
    expect(lstatSync(path.join(path.dirname(home.folders[0] ?? ''), 'old'), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('takes VMs by age, keeps within a budget, and collects garbage alone', async () => {
    using home = await homeWith({ tags: [], dataBytes: 70_000 }, { digit: 'b' });
    layDownVm(home.library, 'web');
    expect(await home.run(['prune', '--gc'])).toEqual(silent);
    expect(home.folders.map((folder) => existsSync(folder))).toEqual([false, true]);
    expect((await home.run(['prune', '--cache-budget', '1'])).exitCode).toBe(0);
    expect(existsSync(home.folders[1] ?? '')).toBe(true);
    expect((await home.run(['prune', '--space-budget', '0'])).exitCode).toBe(0);
    expect(existsSync(home.folders[1] ?? '')).toBe(false);
    expect((await home.run(['prune', '--entries', 'vms', '--older-than', '0'])).exitCode).toBe(0);
    expect(existsSync(path.join(home.vms, 'web'))).toBe(false);
  });

  it.each([
    [['prune'], 'at least one pruning criteria must be specified'],
    [['prune', '--space-budget', '1', '--cache-budget', '1'], 'old name'],
    [['prune', '--entries', 'all', '--older-than', '1'], 'entries'],
    [['prune', '--older-than', '-1'], 'whole number'],
  ])('refuses %j with 64', async (args, text) => {
    using home = await homeWith();
    const { exitCode, err } = await home.run(args);
    expect(exitCode).toBe(64);
    expect(err.toLowerCase()).toContain(text.toLowerCase());
  });
});

describe('tatin pull', () => {
  it('has nothing to do for a VM', async () => {
    using home = await homeWith();
    layDownVm(home.library, 'web');
    expect(await home.run(['pull', 'web'])).toEqual({
      ...silent,
      out: '"web" is a local image, nothing to pull here!\n',
    });
  });
});
