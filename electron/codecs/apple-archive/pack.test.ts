import {
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractArchive } from './extract.ts';
import { readArchive } from './open-archive.ts';
import { packFolder } from './pack.ts';
import { listArchive } from './peek.ts';
import { Scratch } from './testing/scratch.ts';

const { signal } = new AbortController();
const mebibyte = 1024 ** 2;

/** A folder with these files; its path. */
function folderOf(scratch: Scratch, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = path.join(scratch.folder, 'vm');
  mkdirSync(folder);
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), contents);
  }
  return folder;
}

async function names(source: string): Promise<string[]> {
  return (await listArchive({ source, signal })).map((entry) => entry.path);
}

describe('packFolder', () => {
  it('packs what extractArchive unpacks to the same, holes and times included', async () => {
    using scratch = new Scratch();
    const folder = folderOf(scratch, {
      'config.json': '{"version":1}',
      'nvram.bin': '',
      'state.qemu/memory': 'saved'.repeat(2e5),
      'disk.img': 'boot',
    });
    truncateSync(path.join(folder, 'disk.img'), 40 * mebibyte + 7);
    const disk = await open(path.join(folder, 'disk.img'), 'r+');
    await disk.write(Buffer.from('in the middle'), 0, 13, 20 * mebibyte - 5);
    await disk.close();
    utimesSync(path.join(folder, 'disk.img'), 1e9, 1e9);
    const archive = path.join(scratch.folder, 'vm.tvm');
    const progress: [number, number][] = [];
    await packFolder({ folder, archive, signal, onProgress: (...step) => progress.push(step) });
    await extractArchive({ source: archive, destination: scratch.out, signal });
    expect(scratch.tree(scratch.out)).toEqual(scratch.tree(folder));
    const status = statSync(path.join(scratch.out, 'disk.img'));
    expect(status.blocks * 512).toBeLessThan(mebibyte);
    expect(status.mtimeMs).toBe(1e12);
    const total = 40 * mebibyte + 7 + 1e6 + 13;
    expect(progress.at(-1)).toEqual([total, total]);
    expect(statSync(archive).size).toBeLessThan(mebibyte);
  });

  it('writes what Tart’s exports have: LZFSE in blocks of 4 MiB, the folder first, files with their fields', async () => {
    using scratch = new Scratch();
    const folder = folderOf(scratch, { 'config.json': '{}', 'a/b': 'x', 'disk.img': Buffer.alloc(2 * mebibyte, 'd') });
    const archive = path.join(scratch.folder, 'vm.tvm');
    await packFolder({ folder, archive, signal });
    const bytes = readFileSync(archive);
    expect(bytes.subarray(0, 12)).toEqual(Buffer.from('pbze\0\0\0\0\0\x40\0\0', 'latin1'));
    expect(statSync(archive).mode & 0o777).toBe(0o644);
    const entries = [];
    for await (const { type, path: name, mode, blobs } of readArchive({ source: archive, signal }))
      entries.push([type, name, mode, blobs.map(({ key, bytes: length }) => `${key} ${length}`).join()]);
    expect(entries).toEqual([
      ['folder', '', 0o755, ''],
      ['folder', 'a', 0o755, ''],
      ['file', 'a/b', 0o644, 'DAT 1'],
      ['file', 'config.json', 0o644, 'DAT 2'],
      ['file', 'disk.img', 0o644, `DAT ${2 * mebibyte}`],
    ]);
  });

  it('packs only the files that were chosen, with the folders above them', async () => {
    using scratch = new Scratch();
    const folder = folderOf(scratch, { 'config.json': '{}', 'serial.log': 'x', 's/t/u': 'y', 's/v': 'z' });
    const archive = path.join(scratch.folder, 'vm.tvm');
    await packFolder({ folder, archive, files: ['config.json', 's/t'], signal });
    expect(await names(archive)).toEqual(['', 's', 's/t', 'config.json', 's/t/u']);
  });

  it('leaves out links and sockets, which mean nothing elsewhere', async () => {
    using scratch = new Scratch();
    const folder = folderOf(scratch, { 'config.json': '{}' });
    symlinkSync('/etc/passwd', path.join(folder, 'link'));
    linkSync(path.join(folder, 'config.json'), path.join(folder, 'other-name'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path.join(folder, 'control.sock'), resolve));
    const archive = path.join(scratch.folder, 'vm.tvm');
    await packFolder({ folder, archive, signal });
    await new Promise((resolve) => server.close(resolve));
    expect(await names(archive)).toEqual(['', 'config.json', 'other-name']);
  });

  it('leaves an archive alone that was there, and nothing of its own, when called off', async () => {
    using scratch = new Scratch();
    const folder = folderOf(scratch, { 'disk.img': Buffer.alloc(9 * mebibyte, 'd') });
    const archive = scratch.write('vm.tvm', Buffer.from('older'));
    const controller = new AbortController();
    const attempt = packFolder({
      folder,
      archive,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(attempt).rejects.toThrow('abort');
    expect(Object.keys(scratch.tree()).sort()).toEqual(['vm', 'vm.tvm', 'vm/disk.img']);
    expect(readFileSync(archive, 'utf8')).toBe('older');
  });

  it('refuses a file that changes meanwhile', async () => {
    using scratch = new Scratch();
    const folder = folderOf(scratch, { 'disk.img': Buffer.alloc(9 * mebibyte, 'd') });
    let growing: Promise<void> | undefined;
    const attempt = packFolder({
      folder,
      archive: path.join(scratch.folder, 'vm.tvm'),
      signal,
      onProgress: () => {
        growing ??= appendFile(path.join(folder, 'disk.img'), 'more');
      },
    });
    await expect(attempt).rejects.toMatchObject({ code: 'file-not-allowed', retry: true });
    await growing;
    expect(Object.keys(scratch.tree()).sort()).toEqual(['vm', 'vm/disk.img']);
  });

  it('keeps any names and contents', async () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => /^[^/\0.]+$/.test(text));
    const files = fc.dictionary(
      name.map((text) => text.normalize('NFKD').toLowerCase()),
      fc.uint8Array({ maxLength: 5000 }),
      { maxKeys: 6 },
    );
    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        using scratch = new Scratch();
        const folder = folderOf(scratch, contents);
        const archive = path.join(scratch.folder, 'vm.tvm');
        await packFolder({ folder, archive, signal });
        await extractArchive({ source: archive, destination: scratch.out, signal });
        expect(scratch.tree(scratch.out)).toEqual(scratch.tree(folder));
      }),
      { numRuns: 25 },
    );
  });
});

describe('listArchive', () => {
  it('gives the contents of small files, and stops where it is told', async () => {
    using scratch = new Scratch();
    const folder = folderOf(scratch, {
      'config.json': '{}',
      'disk.img': Buffer.alloc(9 * mebibyte, 'd'),
      'z.img': 'z',
    });
    const source = path.join(scratch.folder, 'vm.tvm');
    await packFolder({ folder, archive: source, signal });
    const all = await listArchive({ source, signal });
    expect(all.map(({ type, path: name, bytes, data }) => [type, name, bytes, data?.toString()])).toEqual([
      ['folder', '', 0, undefined],
      ['file', 'config.json', 2, '{}'],
      ['file', 'z.img', 1, 'z'],
      ['file', 'disk.img', 9 * mebibyte, undefined],
    ]);
    expect(await listArchive({ source, signal, limitEntries: 2 })).toEqual(all.slice(0, 2));
    expect(await listArchive({ source, signal, limitDataBytes: mebibyte })).toEqual(all);
  });
});
