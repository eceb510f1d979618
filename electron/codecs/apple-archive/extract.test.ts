import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { encodeLzfse } from '../lzfse/testing/reference/encode.ts';
import { extractArchive } from './extract.ts';
import {
  archiveOf,
  blobField,
  containerOf,
  entry,
  type Field,
  file,
  type MadeEntry,
  textField,
  uintField,
} from './testing/build-archive.ts';
import { fixture, Scratch } from './testing/scratch.ts';

const { signal } = new AbortController();
const digests = JSON.parse(readFileSync(fixture('digests.json'), 'utf8')) as Record<string, string>;

function sha256(name: string): string {
  return createHash('sha256').update(readFileSync(name)).digest('hex');
}

async function unpackMade(scratch: Scratch, ...entries: readonly MadeEntry[]) {
  const source = scratch.write('made.aar', archiveOf(...entries));
  return await extractArchive({ source, destination: scratch.out, signal });
}

/** The error of an attempt that must leave nothing but the archive. */
async function refusal(bytes: Uint8Array, limitBytes?: number): Promise<AppError> {
  using scratch = new Scratch();
  const source = scratch.write('made.aar', bytes);
  const error: unknown = await extractArchive({ source, destination: scratch.out, limitBytes, signal }).catch(
    (thrown: unknown) => thrown,
  );
  expect(Object.keys(scratch.tree())).toEqual(['made.aar']);
  if (!(error instanceof AppError)) throw new Error(`It was not refused: ${String(error)}`);
  return error;
}

function zeroBlocks(count: number) {
  const block = { plainBytes: 4 * 1024 ** 2, packed: encodeLzfse(new Uint8Array(4 * 1024 ** 2)) };
  return Array.from({ length: count }, () => block);
}

describe('extractArchive', () => {
  it('unpacks an export of a virtual machine that another program made, with holes for zeros', async () => {
    using scratch = new Scratch();
    const progress: number[] = [];
    const result = await extractArchive({
      source: fixture('vm.tvm'),
      destination: scratch.out,
      signal,
      onProgress: (done, total) => progress.push(done / total),
    });
    for (const { path: name } of result.files) expect(sha256(path.join(scratch.out, name))).toBe(digests[name]);
    expect(result.files.map((item) => item.path).sort()).toEqual(Object.keys(digests).sort());
    const disk = statSync(path.join(scratch.out, 'disk.img'));
    expect(disk.blocks * 512).toBeLessThan(disk.size / 4);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it.each(['plain', 'stored', 'deflate', 'zlib', 'lz4', 'lzma'])(
    'reads archives of other packers: %s',
    async (name) => {
      using scratch = new Scratch();
      await extractArchive({ source: fixture(`${name}.aar`), destination: scratch.out, signal });
      expect(sha256(path.join(scratch.out, 'config.json'))).toBe(digests['config.json']);
      expect(statSync(path.join(scratch.out, 'nvram.bin')).size).toBe(4096);
    },
  );

  it('passes over fields that it does not know, and data that belongs to them', async () => {
    using scratch = new Scratch();
    const known: MadeEntry = {
      fields: [
        { key: 'QQQ', type: '*', value: new Uint8Array(0) },
        { key: 'SH2', type: 'H', value: new Uint8Array(32) },
        blobField('XAT', 5),
        ...file('a', 'contents').fields,
        blobField('ACL', 3),
        { key: 'ZZZ', type: 'S', value: new Uint8Array(8) },
      ],
      data: Buffer.from('attrscontentsacl'),
    };
    await unpackMade(scratch, known, file('b', 'behind'));
    expect(scratch.tree(scratch.out)).toEqual({ a: 'contents', b: 'behind' });
  });

  it('keeps the times of files, and no permissions but to read and write', async () => {
    using scratch = new Scratch();
    const time: Field = { key: 'MTM', type: 'S', value: Buffer.from([0x00, 0x5e, 0xd0, 0xb2, 0, 0, 0, 0]) };
    const made = file('a', 'x');
    await unpackMade(scratch, { ...made, fields: [...made.fields, time, uintField('MOD', 0o6777, 2)] });
    const status = statSync(path.join(scratch.out, 'a'));
    expect(status.mtimeMs).toBe(0xb2d05e00 * 1000);
    expect(status.mode & 0o7111).toBe(0);
  });

  it('makes the folders above a file, and leaves sockets out', async () => {
    using scratch = new Scratch();
    const result = await unpackMade(
      scratch,
      entry('D', ''),
      file('content/sha256/abc', 'blob'),
      entry('D', 'content'),
      entry('S', 'control.sock'),
      file('empty', ''),
    );
    expect(scratch.tree(scratch.out)).toEqual({
      content: null,
      'content/sha256': null,
      'content/sha256/abc': 'blob',
      empty: '',
    });
    expect(result.skipped).toEqual(['control.sock']);
  });

  it('makes a hole of what is nothing but zeros, across blocks', async () => {
    using scratch = new Scratch();
    const head = archiveOf(entry('F', 'disk.img', blobField('DAT', 40 * 1024 ** 2 + 3)));
    const tail = Buffer.from('end');
    const blocks = [
      { plainBytes: head.length, packed: head },
      ...zeroBlocks(10),
      { plainBytes: tail.length, packed: tail },
    ];
    const source = scratch.write('made.tvm', containerOf('e', 4 * 1024 ** 2, ...blocks));
    await extractArchive({ source, destination: scratch.out, signal });
    const disk = path.join(scratch.out, 'disk.img');
    expect(statSync(disk).size).toBe(40 * 1024 ** 2 + 3);
    expect(statSync(disk).blocks * 512).toBeLessThan(1024 ** 2);
    expect(readFileSync(disk).indexOf('end')).toBe(40 * 1024 ** 2);
  });

  it('undoes what it did when called off, and leaves alone what was there', async () => {
    using scratch = new Scratch();
    const controller = new AbortController();
    mkdirSync(scratch.out);
    writeFileSync(path.join(scratch.out, 'kept'), 'kept');
    const attempt = extractArchive({
      source: fixture('vm.tvm'),
      destination: scratch.out,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(attempt).rejects.toThrow('abort');
    expect(scratch.tree(scratch.out)).toEqual({ kept: 'kept' });
  });

  it('replaces nothing that is there', async () => {
    using scratch = new Scratch();
    mkdirSync(scratch.out);
    writeFileSync(path.join(scratch.out, 'a'), 'kept');
    await expect(unpackMade(scratch, file('b', 'new'), file('a', 'new'))).rejects.toThrow('EEXIST');
    expect(scratch.tree(scratch.out)).toEqual({ a: 'kept' });
  });

  it('does not write through a link that was there before', async () => {
    using scratch = new Scratch();
    mkdirSync(scratch.out);
    mkdirSync(path.join(scratch.folder, 'elsewhere'));
    symlinkSync('../elsewhere', path.join(scratch.out, 'content'));
    await expect(unpackMade(scratch, file('content/a', 'x'))).rejects.toThrow('in the way');
    expect(scratch.tree(path.join(scratch.folder, 'elsewhere'))).toEqual({});
  });
});

describe('a hostile archive', () => {
  it.each([
    ['hostile-absolute.tvm', 'absolute path'],
    ['hostile-escape.tvm', 'leads out of the folder'],
    ['hostile-link-out.tvm', 'link'],
  ])('of another packer is refused: %s', async (name, why) => {
    expect((await refusal(readFileSync(fixture(name)))).message).toContain(why);
  });

  it.each<[string, readonly MadeEntry[], string]>([
    ['a path that climbs', [file('a/../../b', 'x')], 'leads out'],
    ['a path that climbs at its end', [entry('D', 'a/..')], 'leads out'],
    ['an absolute path', [file('/tmp/b', 'x')], 'absolute'],
    ['an empty name', [file('a//b', 'x')], 'not allowed'],
    ['a file without a name', [file('', 'x')], 'not allowed'],
    ['a folder that is itself', [entry('D', './a')], 'not allowed'],
    ['NUL in a path', [file('a\0b', 'x')], 'not allowed'],
    ['a name that is too long', [file('n'.repeat(256), 'x')], 'too long'],
    ['a path that is too long', [file(Array(400).fill('abc').join('/'), 'x')], 'too long'],
    ['a link', [entry('L', 'a', textField('LNK', 'b'))], 'link'],
    ['a link, then a file through it', [entry('L', 'a', textField('LNK', '/etc')), file('a/b', 'x')], 'link'],
    ['a device', [entry('B', 'a', uintField('DEV', 5, 4))], 'neither a file nor a folder'],
    ['a device of characters', [entry('C', 'a')], 'neither'],
    ['a pipe', [entry('P', 'a')], 'neither'],
    ['something unknown', [entry('?', 'a')], 'neither'],
    ['a file twice', [file('a', 'x'), file('a', 'y')], 'more than once'],
    ['a folder, then a file of its name', [entry('D', 'a'), file('a', 'x')], 'more than once'],
    ['a file, then one inside it', [file('a', 'x'), file('a/b', 'x')], 'more than once'],
    ['names that differ by case', [file('disk.img', 'x'), file('Disk.IMG', 'y')], 'same file on a Mac'],
    ['names that differ by Unicode form', [file('\u00e9', 'x'), file('e\u0301', 'y')], 'same file on a Mac'],
    ['folders that differ by case', [file('a/x', 'x'), file('A/y', 'y')], 'same file on a Mac'],
    ['the contents of another file', [entry('F', 'a', uintField('HLC', 7, 4))], 'contents of another file'],
  ])('with %s is refused', async (_, entries, why) => {
    const error = await refusal(archiveOf(file('config.json', '{}'), ...entries));
    expect(error).toMatchObject({ code: 'image-not-supported' });
    expect(error.message).toContain(why);
    expect(error.hint).toBeDefined();
  });

  it.each<[string, Uint8Array, string]>([
    ['a length past the end', archiveOf(file('a', 'short', 1e6)), 'cut off'],
    ['a length of a third of the sea', archiveOf(file('a', 'short', 2n ** 63n)), 'endless'],
    ['attributes of a terabyte', archiveOf(entry('F', 'a', blobField('XAT', 1e12))), 'endless attributes'],
    ['a name that is no text', archiveOf(entry('F', Uint8Array.of(0x61, 0xff))), 'not UTF-8 text'],
    ['a field cut off', archiveOf({ fields: [{ key: 'PAT', type: 'P', value: Uint8Array.of(9, 0, 1) }] }), 'cut off'],
    ['a field of no type', archiveOf({ fields: [{ key: 'PAT', type: '!', value: Uint8Array.of(1) }] }), 'not known'],
    ['a field twice', archiveOf(entry('F', 'a', textField('PAT', 'b'))), 'twice'],
    ['no path', archiveOf({ fields: [uintField('TYP', 0x46)] }), 'no path'],
    ['no type', archiveOf({ fields: [textField('PAT', 'a')] }), 'does not say what it is'],
    ['something between entries', Buffer.concat([archiveOf(file('a', 'x')), Buffer.alloc(9)]), 'no entry begins here'],
    ['a head that is shorter than itself', Buffer.from('AA01\x05\0'), 'shorter than itself'],
  ])('with %s is said to be damaged', async (_, bytes, why) => {
    const error = await refusal(bytes);
    expect(error).toMatchObject({ code: 'image-damaged' });
    expect(error.message).toContain(why);
  });

  it.each<[string, Uint8Array, string, string]>([
    ['a huge block', containerOf('e', 2n ** 40n), 'image-not-supported', 'do not fit into memory'],
    ['no block size', containerOf('e', 0), 'image-damaged', 'no length'],
    ['LZBITMAP', containerOf('b', 4096), 'image-not-supported', 'LZBITMAP'],
    ['encryption', Buffer.concat([Buffer.from('AEA1'), Buffer.alloc(100)]), 'image-not-supported', 'encrypted'],
    ['something else', Buffer.from('PK\x03\x04 and so on'), 'image-not-supported', 'not an Apple Archive'],
    ['nothing', Buffer.alloc(0), 'image-not-supported', 'not an Apple Archive'],
    [
      'a block longer than all blocks',
      containerOf('e', 4096, { plainBytes: 5000, packed: Buffer.from('x') }),
      'image-damaged',
      'impossible length',
    ],
    [
      'a packed block of a terabyte',
      containerOf('e', 4096, { plainBytes: 4096, packedBytes: 2n ** 40n, packed: Buffer.from('x') }),
      'image-damaged',
      'impossible length',
    ],
    [
      'a block that holds more than it says',
      containerOf('e', 4096, { plainBytes: 10, packed: encodeLzfse(new Uint8Array(3000)) }),
      'image-damaged',
      'more than was said',
    ],
    [
      'a block that is cut off',
      containerOf('e', 4096, { plainBytes: 10, packedBytes: 50, packed: Buffer.from('bvxn') }),
      'image-damaged',
      'cut off',
    ],
  ])('in a container with %s is refused', async (_, bytes, code, why) => {
    const error = await refusal(bytes);
    expect(error.code).toBe(code);
    expect(error.message).toContain(why);
  });

  it('names the byte of a block that is damaged', async () => {
    const packed = Buffer.from(encodeLzfse(Buffer.from('what is there is there is there is there')));
    packed[0] = 0;
    const error = await refusal(containerOf('e', 4096, { plainBytes: 40, packed }));
    expect(error.message).toContain('the block at byte 28, byte 0 of it: no block of LZFSE begins here');
  });

  it('that would become larger than allowed is refused before it is unpacked', async () => {
    const head = archiveOf(entry('F', 'd', blobField('DAT', 40e9)));
    const bomb = containerOf('e', 4 * 1024 ** 2, { plainBytes: head.length, packed: head }, ...zeroBlocks(4));
    expect((await refusal(bomb, 10e9)).message).toContain('more than the 10,000,000,000 bytes that are allowed');
  });

  it('of 100,000 files is refused', async () => {
    const one = archiveOf(entry('S', 'control.sock'));
    const many = Buffer.alloc(one.length * 100_000, one);
    expect((await refusal(many)).message).toContain('more than 10,000 files');
  });

  it('cut off anywhere but between entries is refused', async () => {
    const whole = archiveOf(file('config.json', '{}'), file('nvram.bin', 'x'.repeat(20)));
    const between = archiveOf(file('config.json', '{}')).length;
    for (let length = 4; length < whole.length; length++) {
      if (length === between) continue;
      expect((await refusal(whole.subarray(0, length))).message).toContain('cut off');
    }
  });
});
