import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Home } from '../../library/home.ts';
import { Inspector } from '../../library/inspect.ts';
import { holdFlock, OtherProgram } from '../../library/testing/other-program.ts';
import { quietWork, temporaryFolder } from '../../library/testing/temporary-home.ts';
import { collectGarbage } from './collect-garbage.ts';
import { listImages } from './image-list.ts';
import { pin, unpin } from './marks.ts';
import { previewCachePrune, pruneCache } from './prune.ts';
import { deleteImage } from './remove.ts';
import { layDownImage } from './testing/cached-image.ts';
import { CacheWatch } from './watch.ts';

let folder: ReturnType<typeof temporaryFolder>;
let home: Home;
beforeEach(async () => {
  folder = temporaryFolder();
  home = new Home(path.join(folder.path, 'home'));
  await home.prepare();
});
afterEach(() => folder[Symbol.dispose]());

const idOf = (digit: string, repository = 'ghcr.io/org/linux'): string => `${repository}@sha256:${digit.repeat(64)}`;
const list = () => listImages(home, new Inspector());
const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

describe('listImages', () => {
  it('gathers tags by digest, newest use first, and says what is in each and who uses it', async () => {
    layDownImage(home, { digit: 'a', tags: ['24.04', 'latest'], daysUnused: 3, dataBytes: 70_000 });
    layDownImage(home, { digit: 'b', tags: [], place: 'localhost%3A5000/x', explicitlyPulled: true, daysUnused: 1 });
    const images = await listImages(home, new Inspector(), new Map([[idOf('a'), ['local:web']]]));
    expect(images).toMatchObject([
      { id: idOf('b', 'localhost:5000/x'), repository: 'localhost:5000/x', tags: [], usedBy: [], pinned: false },
      {
        id: idOf('a'),
        tags: ['24.04', 'latest'],
        os: 'linux',
        arch: 'arm64',
        diskBytes: 1_000_000,
        usedBy: ['local:web'],
      },
    ]);
    expect(images[1]?.allocatedBytes).toBeGreaterThanOrEqual(70_000);
    expect(images[1]).not.toHaveProperty('downloadBytes');
  });

  it('adds up what its manifest says of the download, and takes a broken manifest for none', async () => {
    const whole = layDownImage(home, { digit: 'a' });
    const broken = layDownImage(home, { digit: 'b', tags: ['old'] });
    writeFileSync(path.join(whole, 'manifest.json'), '{"config":{"size":1},"layers":[{"size":20},{"size":300}]}');
    writeFileSync(path.join(broken, 'manifest.json'), '{"config":{"size":1},');
    const sizes = new Map((await list()).map(({ id, downloadBytes }) => [id, downloadBytes]));
    expect(sizes).toEqual(
      new Map([
        [idOf('a'), 321],
        [idOf('b'), undefined],
      ]),
    );
  });

  it('shows what can not be used, with the reason', async () => {
    rmSync(path.join(layDownImage(home), 'nvram.bin'));
    expect(await list()).toMatchObject([{ id: idOf('a'), error: 'nvram.bin is missing', diskBytes: 1_000_000 }]);
  });

  it('leaves access times alone', async () => {
    const image = layDownImage(home, { daysUnused: 400 });
    const before = statSync(image).atimeMs;
    await list();
    previewCachePrune(home, { olderThanDays: 1 });
    expect(statSync(image).atimeMs).toBe(before);
  });
});

describe('pin', () => {
  it('keeps an image from every kind of pruning and from losing its last tag, and is no use of it', async () => {
    const image = layDownImage(home, { daysUnused: 100 });
    const before = statSync(image).atimeMs;
    await pin(image);
    expect(statSync(image).atimeMs).toBe(before);
    expect(await list()).toMatchObject([{ pinned: true }]);
    expect(await pruneCache(home, { olderThanDays: 0, spaceBudgetBytes: 0 }, quietWork())).toEqual([]);
    rmSync(path.join(path.dirname(image), 'latest'));
    await collectGarbage(home);
    expect(existsSync(image)).toBe(true);
    // What Tart understands of it.
    expect(existsSync(path.join(image, '.explicitly-pulled'))).toBe(true);
  });

  it('takes back with the mark only what it brought', async () => {
    const tagged = layDownImage(home, { digit: 'a' });
    const explicit = layDownImage(home, { digit: 'b', tags: [], explicitlyPulled: true });
    for (const image of [tagged, explicit, tagged]) await pin(image);
    for (const image of [tagged, explicit, explicit]) await unpin(image);
    expect(existsSync(path.join(tagged, '.explicitly-pulled'))).toBe(false);
    expect(existsSync(path.join(explicit, '.explicitly-pulled'))).toBe(true);
    expect(await list()).toMatchObject([{ pinned: false }, { pinned: false }]);
  });
});

describe('deleteImage', () => {
  it('takes the image with all its tags, and nothing else', async () => {
    const gone = layDownImage(home, { digit: 'a', tags: ['1', '2'] });
    const stays = layDownImage(home, { digit: 'b', tags: ['3'] });
    await deleteImage(home, idOf('a'));
    expect(readdirSync(path.dirname(gone)).sort()).toEqual(['3', path.basename(stays)]);
    expect(readdirSync(home.tmp)).toEqual([]);
    await expect(deleteImage(home, idOf('a'))).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('refuses while its disk is being copied, and changes nothing', async () => {
    const image = layDownImage(home);
    await using other = OtherProgram.python(holdFlock, path.join(image, 'disk.img'), 'shared');
    expect(await other.line()).toBe('locked');
    await expect(deleteImage(home, idOf('a'))).rejects.toMatchObject({ code: 'disk-in-use', retry: true });
    expect(await list()).toMatchObject([{ tags: ['latest'] }]);
  });
});

describe('collectGarbage', () => {
  it('takes tags that lead nowhere and images that nothing leads to', async () => {
    const parent = path.dirname(layDownImage(home, { digit: 'a' }));
    const untagged = layDownImage(home, { digit: 'b', tags: [] });
    const explicit = layDownImage(home, { digit: 'c', tags: [], explicitlyPulled: true });
    symlinkSync(path.join(parent, `sha256:${'d'.repeat(64)}`), path.join(parent, 'dangling'));
    symlinkSync(folder.path, path.join(parent, 'elsewhere'));
    await collectGarbage(home);
    expect(isThere(path.join(parent, 'dangling'))).toBe(false);
    expect(isThere(path.join(parent, 'elsewhere'))).toBe(true);
    expect(existsSync(untagged)).toBe(false);
    expect(existsSync(explicit)).toBe(true);
    expect(await list()).toHaveLength(2);
  });

  it('leaves hosts alone that another program pulls from', async () => {
    const held = layDownImage(home, { digit: 'a', tags: [] });
    const free = layDownImage(home, { digit: 'b', tags: [], place: 'other.host/x' });
    await using other = OtherProgram.python(holdFlock, path.join(home.cache, 'OCIs/ghcr.io'));
    expect(await other.line()).toBe('locked');
    await collectGarbage(home);
    expect([existsSync(held), existsSync(free)]).toEqual([true, false]);
  });
});

describe('pruneCache', () => {
  const hash = '0123456789abcdef'.repeat(2);

  it('takes images, restore images and pulls that were cut off, and says before what it will take', async () => {
    const old = layDownImage(home, { digit: 'a', tags: ['old'], daysUnused: 40, dataBytes: 100_000 });
    layDownImage(home, { digit: 'b', tags: ['new'], daysUnused: 2 });
    const ipsw = path.join(home.cache, 'IPSWs', `sha256:${'e'.repeat(64)}.ipsw`);
    const pull = path.join(home.tmp, hash);
    mkdirSync(path.dirname(ipsw));
    mkdirSync(pull);
    writeFileSync(ipsw, 'macOS');
    writeFileSync(path.join(pull, 'disk.img'), 'half');
    const partial = path.join(home.cache, 'IPSWs', '.0123456789abcdef-key.partial');
    writeFileSync(partial, 'half');
    for (const file of [ipsw, partial, path.join(pull, 'disk.img'), pull])
      utimesSync(file, 1_700_000_000, 1_700_000_000);
    const preview = previewCachePrune(home, { olderThanDays: 30 });
    expect(preview.candidates.map(({ kind, name, keptBecause }) => [kind, name, keptBecause])).toEqual([
      ['image', 'ghcr.io/org/linux:new', 'Used in the last 30 days'],
      ['image', 'ghcr.io/org/linux:old', undefined],
      ['ipsw', path.basename(ipsw), undefined],
      ['unfinished', 'Unfinished pull of Tart', undefined],
      ['unfinished', 'Unfinished download of macOS', undefined],
    ]);
    expect(preview.freedBytes).toBeGreaterThanOrEqual(100_000);
    expect(existsSync(old)).toBe(true);
    const removed = await pruneCache(home, { olderThanDays: 30 }, quietWork());
    expect(removed).toHaveLength(4);
    expect([old, ipsw, partial, pull, path.join(path.dirname(old), 'old')].filter(isThere)).toEqual([]);
    expect(await list()).toMatchObject([{ tags: ['new'] }]);
  });

  it('leaves what is in use', async () => {
    const pulling = path.join(home.tmp, hash);
    mkdirSync(pulling);
    const copied = layDownImage(home);
    await using puller = OtherProgram.python(holdFlock, pulling);
    await using copier = OtherProgram.python(holdFlock, path.join(copied, 'disk.img'), 'shared');
    expect([await puller.line(), await copier.line()]).toEqual(['locked', 'locked']);
    expect(previewCachePrune(home, { olderThanDays: 0 }).candidates).toMatchObject([{ keptBecause: 'Being copied' }]);
    expect(await pruneCache(home, { olderThanDays: 0 }, quietWork())).toEqual([]);
    expect([pulling, copied].every(isThere)).toBe(true);
  });

  it('can be called off between two', async () => {
    for (const digit of ['a', 'b', 'c']) layDownImage(home, { digit, tags: [digit] });
    const controller = new AbortController();
    const work = { signal: controller.signal, progress: () => controller.abort(new Error('enough')) };
    await expect(pruneCache(home, { olderThanDays: 0 }, work)).rejects.toThrow('enough');
    expect(await list()).toHaveLength(2);
  });
});

describe('CacheWatch', () => {
  it('tells of the first image of a home, of tags, pins, uses and deletions', async () => {
    const onChange = vi.fn();
    using _watch = new CacheWatch(home.cache, onChange);
    const soon = async (change: () => unknown): Promise<void> => {
      // Nothing more is on its way from what was before.
      onChange.mockClear();
      await change();
      await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), { timeout: 20_000 });
    };
    let image = '';
    await soon(() => (image = layDownImage(home)));
    await soon(() => symlinkSync(image, path.join(path.dirname(image), 'more')));
    await soon(() => pin(image));
    await soon(() => utimesSync(image, 1_700_000_000, 1_700_000_000));
    await soon(() => deleteImage(home, idOf('a')));
    await soon(() => layDownImage(home, { place: 'other.host/deep/er', digit: 'b' }));
  });
});
