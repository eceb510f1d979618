import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { getuid } from 'node:process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { besides, dropped, listParts, openPart, type Part, pathOf, readPart } from './door.ts';

const isRoot = getuid?.() === 0;

/** A bundle in a folder of its own, with a file of the user's beside it that is no part of it. */
function bundle(): Disposable & { outside: string; root: string; part: (name: string) => Part } {
  const folder = temporaryFolder();
  const root = path.join(folder.path, 'bundle');
  mkdirSync(path.join(root, 'Data'), { recursive: true });
  writeFileSync(path.join(folder.path, 'secret'), 'secret', { mode: 0o600 });
  writeFileSync(path.join(root, 'Data', 'disk.img'), 'disk');
  return {
    outside: folder.path,
    root,
    part: (name) => ({ root, name }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const refusal = { code: 'image-not-supported' };

describe('openPart', () => {
  it('opens a regular file below what was dropped', async () => {
    using here = bundle();
    expect((await readPart(here.part('Data/disk.img'))).toString()).toBe('disk');
    await using handle = await openPart(here.part('Data/disk.img'));
    expect(await handle.readFile('utf8')).toBe('disk');
  });

  it.each([
    ['relative', 'Data/x', '../../secret'],
    ['that stays inside', 'Data/x', 'disk.img'],
    ['to a device', 'Data/x', '/dev/zero'],
    ['to nowhere', 'Data/x', 'none'],
  ])('refuses a link: %s', async (_what, name, target) => {
    using here = bundle();
    symlinkSync(target, path.join(here.root, name));
    await expect(openPart(here.part(name))).rejects.toMatchObject(refusal);
    await expect(readPart(here.part(name))).rejects.toMatchObject({
      message: expect.stringContaining('link') as string,
    });
  });

  it('refuses absolute links, chains of links and folders that are links', async () => {
    using here = bundle();
    symlinkSync(path.join(here.outside, 'secret'), path.join(here.root, 'absolute'));
    symlinkSync('absolute', path.join(here.root, 'chain'));
    symlinkSync('..', path.join(here.root, 'Up'));
    symlinkSync('Data', path.join(here.root, 'Images'));
    for (const name of ['absolute', 'chain', 'Up/secret', 'Images/disk.img'])
      await expect(openPart(here.part(name))).rejects.toMatchObject(refusal);
    await expect(listParts(here.root, 'Data/x')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(listParts(here.root, 'Data/disk.img')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(listParts(here.root, 'Images')).rejects.toMatchObject(refusal);
  });

  it('refuses names that lead out, whatever they are', async () => {
    using here = bundle();
    for (const name of [
      '../secret',
      'Data/../../secret',
      '/etc/passwd',
      '',
      '.',
      '..',
      'Data/',
      'Data//disk.img',
      'a\0b',
    ])
      await expect(openPart(here.part(name))).rejects.toMatchObject(refusal);
  });

  it('refuses folders, FIFOs, sockets and devices, and waits for none of them', async () => {
    using here = bundle();
    execFileSync('mkfifo', [path.join(here.root, 'fifo')]);
    const server = createServer().listen(path.join(here.root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    if (isRoot) execFileSync('mknod', [path.join(here.root, 'device'), 'c', '1', '5']);
    try {
      for (const name of ['fifo', 'socket', 'Data', ...(isRoot ? ['device'] : [])])
        await expect(openPart(here.part(name))).rejects.toMatchObject(refusal);
    } finally {
      server.close();
    }
  });

  it('refuses a file with a second name, but not the one that the user chose', async () => {
    using here = bundle();
    linkSync(path.join(here.outside, 'secret'), path.join(here.root, 'Data', 'efi_vars.fd'));
    await expect(readPart(here.part('Data/efi_vars.fd'))).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('hard link') as string,
    });
    const chosen = await dropped(path.join(here.root, 'Data', 'efi_vars.fd'));
    expect(chosen.is === 'file' && (await readPart(chosen.part)).toString()).toBe('secret');
  });

  it('refuses what is longer than asked for, before it reads any of it', async () => {
    using here = bundle();
    truncateSync(path.join(here.root, 'Data', 'disk.img'), 2 ** 40);
    await expect(readPart(here.part('Data/disk.img'))).rejects.toMatchObject(refusal);
    await expect(openPart(here.part('Data/disk.img'), { maxBytes: 10 })).rejects.toMatchObject(refusal);
  });

  it('says ENOENT for what is missing', async () => {
    using here = bundle();
    await expect(openPart(here.part('Data/none'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(openPart(here.part('None/none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('never opens a link that takes turns with the file', async () => {
    using here = bundle();
    const file = path.join(here.root, 'Data', 'disk.img');
    let opened = 0;
    for (let round = 0; round < 200; round++) {
      const opening = readPart(here.part('Data/disk.img')).then(String, () => 'refused');
      rmSync(file);
      symlinkSync('../../secret', file);
      expect(await opening).not.toBe('secret');
      rmSync(file);
      writeFileSync(file, 'disk');
      if ((await readPart(here.part('Data/disk.img'))).toString() === 'disk') opened++;
    }
    expect(opened).toBe(200);
  });

  it('is not led away by a folder above that becomes a link', async () => {
    using here = bundle();
    renameSync(here.root, `${here.root}.old`);
    mkdirSync(path.join(here.outside, 'other', 'Data'), { recursive: true });
    writeFileSync(path.join(here.outside, 'other', 'Data', 'disk.img'), 'secret');
    symlinkSync('other', here.root);
    await expect(openPart(here.part('Data/disk.img'))).rejects.toMatchObject(refusal);
  });
});

describe('dropped', () => {
  it('follows a link that the user named, once', async () => {
    using here = bundle();
    symlinkSync('bundle', path.join(here.outside, 'link'));
    expect(await dropped(path.join(here.outside, 'link'))).toEqual({ is: 'folder', root: here.root });
    symlinkSync('bundle/Data/disk.img', path.join(here.outside, 'disk-link'));
    const found = await dropped(path.join(here.outside, 'disk-link'));
    expect(found.is === 'file' && pathOf(found.part)).toBe(path.join(here.root, 'Data', 'disk.img'));
    expect(await dropped('/dev/null')).toEqual({ is: 'other' });
  });

  it('leads to what is in the same folder, which is strict again', async () => {
    using here = bundle();
    const found = await dropped(path.join(here.root, 'Data', 'disk.img'));
    if (found.is !== 'file') throw new Error('not a file');
    symlinkSync('disk.img', path.join(here.root, 'Data', 'part'));
    await expect(openPart(besides(found.part, 'part'))).rejects.toMatchObject(refusal);
    await expect(openPart(besides(found.part, '../x'))).rejects.toMatchObject(refusal);
  });
});

describe('listParts', () => {
  it('tells files and folders from what is not even looked at', async () => {
    using here = bundle();
    execFileSync('mkfifo', [path.join(here.root, 'fifo')]);
    symlinkSync('Data', path.join(here.root, 'link'));
    writeFileSync(path.join(here.root, 'config.plist'), '');
    writeFileSync(Buffer.concat([Buffer.from(here.root), Buffer.from('/no-text-'), Buffer.from([0xff])]), '');
    const { files, folders, others } = await listParts(here.root);
    expect([...files]).toEqual(['config.plist']);
    expect([...folders]).toEqual(['Data']);
    expect(Object.fromEntries(others)).toEqual({ fifo: 'fifo', link: 'link', 'no-text-\uFFFD': 'unknown' });
  });

  it('refuses a folder with more than is looked at', async () => {
    using here = bundle();
    for (let index = 0; index < 5; index++) writeFileSync(path.join(here.root, `file-${index}`), '');
    await expect(listParts(here.root, undefined, 5)).rejects.toMatchObject(refusal);
    expect((await listParts(here.root, undefined, 6)).files.size).toBe(5);
  });
});
