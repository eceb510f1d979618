import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryLibrary } from '../library/testing/temporary-home.ts';
import { layDownImage } from '../registry/cache/testing/cached-image.ts';
import { ImageDisks } from './image-disks.ts';
import { splitDisk } from './run-paths.ts';

const { signal } = new AbortController();

describe('ImageDisks', () => {
  it('gives a machine copies of images to write to, until they are disposed of', async () => {
    using here = await temporaryLibrary();
    const { home } = here.library;
    const image = path.join(layDownImage(home, { dataBytes: 5000 }), 'disk.img');
    const before = readFileSync(image);
    const asked = ['/some/file.iso:ro', 'ghcr.io/org/linux', 'ghcr.io/org/linux:latest:ro'];
    const copies = await ImageDisks.copy(home, asked, signal);
    const [file, first = '', second = ''] = copies.disks;
    expect(file).toBe(asked[0]);
    expect(splitDisk(second)).toMatchObject({ options: 'ro' });
    expect(readFileSync(first).equals(before)).toBe(true);
    expect(splitDisk(second).disk).not.toBe(first);
    writeFileSync(first, 'changed');
    // No sweep takes it while it is there for the machine.
    await here.library.sweep();
    expect(readFileSync(first, 'utf8')).toBe('changed');
    await copies[Symbol.asyncDispose]();
    expect(readdirSync(home.tmp)).toEqual([]);
    expect(readFileSync(image).equals(before)).toBe(true);
  });

  it('leaves files alone, and says of an image that it must be pulled first', async () => {
    using here = await temporaryLibrary();
    const { home } = here.library;
    const files = ['./a/b.img', '~/disk.img:ro', '/dev/sda', 'plain.img', 'nbd://host/x'];
    expect((await ImageDisks.copy(home, files, signal)).disks).toEqual(files);
    await expect(ImageDisks.copy(home, ['ghcr.io/org/none:1'], signal)).rejects.toMatchObject({
      code: 'image-not-found',
      hint: expect.stringContaining('tatin pull ghcr.io/org/none:1') as string,
    });
    expect(readdirSync(home.tmp)).toEqual([]);
  });
});
