import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../../library/home.ts';
import { FolderLock } from '../../files/locks.ts';
import { OtherProgram, holdFlock } from '../../library/testing/other-program.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { noteKnownLayers, readCachedManifest } from '../known-layers.ts';
import { type ImageBed, cachedPaths, expectWhole, pullFrom, startImageBed } from '../testing/image-bed.ts';
import { verifyCachedImage } from '../verify-image.ts';
import { describeImage } from './describe.ts';
import { pullFolderOf, unfinishedPulls } from '../cache/pull-folder.ts';

const signal = new AbortController().signal;
let bed: ImageBed;
beforeAll(async () => {
  bed = await startImageBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

describe('a pull', () => {
  it('makes an image that another program packed, byte for byte, laid out as Tart does', async () => {
    const home = bed.newHome();
    const layers: string[] = [];
    const image = await pullFrom(bed, home, { onLayers: ({ states }) => layers.push(states) });
    expect(image.outcome).toBe('pulled');
    expectWhole(bed, home, image);
    const host = bed.registry.host.replace(':', '%3A');
    const place = path.join(home.cache, 'OCIs', host, 'by/hand');
    expect(image.folder).toBe(path.join(place, image.digest));
    expect(readlinkSync(path.join(place, 'latest'))).toBe(image.folder);
    expect(
      readFileSync(path.join(image.folder, 'manifest.json')).equals(
        readFileSync(path.join(bed.folder, 'image/manifest.json')),
      ),
    ).toBe(true);
    expect(layers.at(0)).toBe('wwwww');
    expect(layers.at(-1)).toBe('vvhvv');
    expect(await verifyCachedImage(image.folder, { signal })).toEqual({ state: 'whole', problems: [] });
  });

  it('costs the manifest alone where the image is there under this name or another', async () => {
    const home = bed.newHome();
    const first = await pullFrom(bed, home);
    await expect(pullFrom(bed, home)).resolves.toEqual({ ...first, outcome: 'cached' });
    const link = path.join(first.folder, '../latest');
    rmSync(link);
    await expect(pullFrom(bed, home)).resolves.toEqual({ ...first, outcome: 'linked' });
    expect(readlinkSync(link)).toBe(first.folder);
    const { host, namespace } = bed.reference;
    await expect(pullFrom(bed, home, { reference: { host, namespace, digest: first.digest } })).resolves.toMatchObject({
      outcome: 'linked',
    });
    expect(lstatSync(path.join(first.folder, '.explicitly-pulled')).size).toBe(0);
  });

  it('by a digest makes no tag, and marks the image as wanted', async () => {
    const home = bed.newHome();
    const { digest } = await describeImage({ reference: bed.reference, client: bed.client(), home, signal });
    const { host, namespace } = bed.reference;
    const image = await pullFrom(bed, home, { reference: { host, namespace, digest } });
    expect(readdirSync(path.dirname(image.folder))).toEqual([digest]);
    expect(readdirSync(image.folder)).toContain('.explicitly-pulled');
  });

  it('takes what cached images and machines have, believing none of them', async () => {
    const home = bed.newHome();
    const first = await pullFrom(bed, home);
    const manifest = readCachedManifest(first.folder);
    const layers = manifest?.disk ?? [];
    expect(layers).toHaveLength(5);
    // The image moves to a machine, whose guest has written to the first layer since.
    const vm = path.join(home.vms, 'used');
    mkdirSync(home.vms, { recursive: true });
    renameSync(first.folder, vm);
    rmSync(path.join(vm, 'manifest.json'));
    await noteKnownLayers(vm, 'elsewhere/else', layers);
    const changed = Buffer.from(bed.disk);
    changed.write('a guest was here', 1000);
    writeFileSync(path.join(vm, 'disk.img'), changed);
    const states: string[] = [];
    const again = await pullFrom(bed, home, { onLayers: (now) => states.push(now.states) });
    expectWhole(bed, home, again);
    expect(states.at(-1)).toMatch(/^v[ch]{4}$/);
    expect(readFileSync(path.join(vm, 'disk.img')).equals(changed)).toBe(true);
  });

  it('begins with a clone of a verified disk that nobody touched, where blocks can be shared', async (context) => {
    const reference = { ...bed.reference, namespace: 'by/others' };
    const [from, to] = [bed.reference, reference].map((name) => `docker://${name.host}/${name.namespace}:latest`);
    execFileSync('skopeo', [
      'copy',
      '--quiet',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `${from}`,
      `${to}`,
    ]);
    await onVolume(context, 'xfs', 512 * 1024 ** 2, async (volume) => {
      for (const isTouched of [false, true]) {
        const home = new Home(path.join(volume, isTouched ? 'touched' : 'untouched'));
        const first = path.join((await pullFrom(bed, home)).folder, 'disk.img');
        if (isTouched) {
          const { atime, mtime } = statSync(first);
          writeFileSync(first, 'changed', { flag: 'r+' });
          utimesSync(first, atime, mtime);
        }
        const states: string[] = [];
        const second = await pullFrom(bed, home, { reference, onLayers: (now) => states.push(now.states) });
        expectWhole(bed, home, second);
        expect(states.at(-1)).toBe(isTouched ? 'vcccc' : 'ccccc');
      }
    });
  });

  it('waits for another pull of the image, then finds it there', async () => {
    const home = bed.newHome();
    const { digest } = await describeImage({ reference: bed.reference, client: bed.client(), home, signal });
    const folder = pullFolderOf(home, digest);
    mkdirSync(folder, { recursive: true });
    const waiting = Promise.withResolvers<undefined>();
    const lock = FolderLock.tryAcquire(folder);
    const progress = ({ step }: { step?: string | undefined }) => {
      if (step?.startsWith('Waiting') === true) waiting.resolve(undefined);
    };
    const pulls = [pullFrom(bed, home, { progress }), pullFrom(bed, home)];
    await waiting.promise;
    lock?.release();
    const outcomes = (await Promise.all(pulls)).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(['cached', 'pulled']);
  });

  it('ends also while a Tart holds the lock of its host for hours', async () => {
    const home = bed.newHome();
    const hostFolder = path.join(home.cache, 'OCIs', bed.registry.host.replace(':', '%3A'));
    mkdirSync(hostFolder, { recursive: true });
    await using tart = OtherProgram.python(holdFlock, hostFolder);
    expect(await tart.line()).toBe('locked');
    expectWhole(bed, home, await pullFrom(bed, home));
  });

  it('moves a tag to a new image, and lets the old one be the first to go', async () => {
    const home = bed.newHome();
    const image = await pullFrom(bed, home);
    const old = path.join(path.dirname(image.folder), `sha256:${'0'.repeat(64)}`);
    renameSync(image.folder, old);
    writeFileSync(path.join(old, '.explicitly-pulled'), '');
    rmSync(path.join(image.folder, '../latest'));
    symlinkSync(old, path.join(image.folder, '../latest'));
    const { state } = await describeImage({ reference: bed.reference, client: bed.client(), home, signal });
    expect(state).toBe('moved');
    const again = await pullFrom(bed, home);
    expect(readlinkSync(path.join(again.folder, '../latest'))).toBe(again.folder);
    expect(statSync(old).atimeMs).toBe(0);
  });

  it('tidies up after one that was killed between the move of the image and the making of its tag', async () => {
    const home = bed.newHome();
    const first = await pullFrom(bed, home);
    rmSync(path.join(first.folder, '../latest'));
    writeFileSync(path.join(first.folder, '.explicitly-pulled'), '');
    mkdirSync(pullFolderOf(home, first.digest), { recursive: true });
    const again = await pullFrom(bed, home);
    expect(again.outcome).toBe('linked');
    expectWhole(bed, home, again);
  });

  it('replaces an image that lacks files', async () => {
    const home = bed.newHome();
    const image = await pullFrom(bed, home);
    rmSync(path.join(image.folder, 'nvram.bin'));
    const again = await pullFrom(bed, home);
    expect(again.outcome).toBe('pulled');
    expectWhole(bed, home, again);
  });

  it('makes room before it writes, and leaves nothing in the cache if there is none', async () => {
    const home = bed.newHome();
    const asked: number[] = [];
    const makeRoom = (bytes: number) => {
      asked.push(bytes);
      return Promise.reject(new Error('no room'));
    };
    await expect(pullFrom(bed, home, { makeRoom })).rejects.toThrow('no room');
    expect(asked).toEqual([bed.disk.length + 128 * 1024 ** 2]);
    expect(cachedPaths(home)).toEqual([]);
  });

  it('can be called off, keeps what has come, and says so', async () => {
    const home = bed.newHome();
    const stop = new AbortController();
    const pull = pullFrom(bed, home, {
      signal: stop.signal,
      onLayers: ({ states }) => {
        if (states.includes('v')) stop.abort();
      },
    });
    await expect(pull).rejects.toMatchObject({ code: 'cancelled' });
    expect(cachedPaths(home)).toEqual([]);
    expect(unfinishedPulls(home)).toMatchObject([{ isBusy: false }]);
    const description = await describeImage({ reference: bed.reference, client: bed.client(), home, signal });
    expect(description).toMatchObject({
      state: 'partial',
      os: 'linux',
      arch: 'arm64',
      diskBytes: bed.disk.length,
      layerCount: 5,
      labels: { 'made.by': 'hand' },
      uploadedAt: '2026-01-02T03:04:05.000Z',
    });
    expect(description.hereBytes).toBeGreaterThan(0);
    expectWhole(bed, home, await pullFrom(bed, home));
  });
});

describe('the check of a cached image', () => {
  it('names what is missing and what is not what it should be', async () => {
    const home = bed.newHome();
    const { folder } = await pullFrom(bed, home);
    const disk = readFileSync(path.join(folder, 'disk.img'));
    disk.write('?', 300_100);
    writeFileSync(path.join(folder, 'disk.img'), disk);
    writeFileSync(path.join(folder, 'nvram.bin'), 'x');
    const { state, problems } = await verifyCachedImage(folder, { signal });
    expect(state).toBe('damaged');
    expect(problems).toEqual([
      expect.stringMatching(/^nvram.bin has the digest/),
      expect.stringMatching(/^disk.img: layer 2 of 5 \(sha256:/),
    ]);
    rmSync(path.join(folder, 'manifest.json'));
    await expect(verifyCachedImage(folder, { signal })).resolves.toMatchObject({ state: 'unproven' });
    rmSync(path.join(folder, 'disk.img'));
    await expect(verifyCachedImage(folder, { signal })).resolves.toEqual({
      state: 'damaged',
      problems: ['disk.img is missing'],
    });
  });
});
