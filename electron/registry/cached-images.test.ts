import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedImages } from './cached-images.ts';

describe('cachedImages', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(path.join(tmpdir(), 'tatin-cached-'));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  const hex = 'a'.repeat(64);

  /** An image as Tart leaves it behind after a pull. */
  function pulled(place: string, files: readonly string[] = ['config.json', 'disk.img', 'nvram.bin', 'manifest.json']) {
    const folder = path.join(cache, 'OCIs', place, `sha256:${hex}`);
    mkdirSync(folder, { recursive: true });
    for (const file of files) writeFileSync(path.join(folder, file), '');
    if (files.includes('disk.img')) truncateSync(path.join(folder, 'disk.img'), 20e9);
    return folder;
  }

  it('finds nothing where nothing was ever pulled', () => {
    expect(cachedImages(cache)).toEqual([]);
  });

  it('lists tags and digests as Tart names them, with the port of the host', () => {
    const ubuntu = pulled('ghcr.io/cirruslabs/ubuntu');
    const local = pulled('127.0.0.1%3A5000/a%3Ab');
    symlinkSync(ubuntu, path.join(path.dirname(ubuntu), 'latest'));
    symlinkSync(local, path.join(path.dirname(local), '1.0'));
    utimesSync(ubuntu, 1_778_587_200, 1_778_587_200);
    const images = cachedImages(cache);
    expect(images.map(({ name }) => name)).toEqual([
      '127.0.0.1:5000/a%3Ab:1.0',
      `127.0.0.1:5000/a%3Ab@sha256:${hex}`,
      'ghcr.io/cirruslabs/ubuntu:latest',
      `ghcr.io/cirruslabs/ubuntu@sha256:${hex}`,
    ]);
    expect(images[2]).toMatchObject({ diskBytes: 20e9, accessedAt: new Date(1_778_587_200_000) });
  });

  it('leaves out what is no whole image, and links that lead elsewhere', () => {
    pulled('ghcr.io/half', ['config.json', 'disk.img']);
    const whole = pulled('ghcr.io/whole');
    symlinkSync(path.join(cache, 'gone'), path.join(path.dirname(whole), 'dangling'));
    symlinkSync(path.join(cache, 'OCIs'), path.join(path.dirname(whole), 'round'));
    writeFileSync(path.join(cache, 'OCIs/.DS_Store'), '');
    expect(cachedImages(cache).map(({ name }) => name)).toEqual([`ghcr.io/whole@sha256:${hex}`]);
  });
});
