import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { readerOf, readerOfHandle } from './byte-reader.ts';
import { detect } from './detect.ts';
import { listTar } from './tar-index.ts';
import { formats, makeDisk, makeImage, run } from './testing/sample-images.ts';
import { readZipEntry } from './zip-index.ts';

let folder: ReturnType<typeof temporaryFolder>;
/** The beginnings of real files, which damage is done to. */
const heads: Buffer[] = [];
let archive: Buffer;
let zip: Buffer;
beforeAll(() => {
  folder = temporaryFolder();
  const raw = path.join(folder.path, 'disk.img');
  makeDisk(raw, { data: 1 });
  for (const sample of formats) heads.push(readFileSync(makeImage(raw, sample)).subarray(0, 400_000));
  heads.push(readFileSync(raw).subarray(0, 400_000));
  const file = (name: string): string => path.join(folder.path, name);
  run('tar', ['-C', folder.path, '-cf', file('a.tar'), 'boot.efi', 'split.vmdk']);
  archive = readFileSync(file('a.tar'));
  run('python3', ['-m', 'zipfile', '-c', file('a.zip'), file('boot.efi'), file('split.vmdk')]);
  zip = readFileSync(file('a.zip'));
});
afterAll(() => folder[Symbol.dispose]());

/** Some bytes of it replaced, most of them where headers are, and its end cut off. */
function damaged(bytes: Buffer) {
  const change = fc.tuple(fc.oneof(fc.nat(Math.min(600, bytes.length - 1)), fc.nat(bytes.length - 1)), fc.nat(255));
  return fc.tuple(fc.array(change, { maxLength: 12 }), fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)));
}

function apply(bytes: Buffer, [changes, length]: [[number, number][], number]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [offset, value] of changes) copy.writeUInt8(value, offset);
  return copy.subarray(0, length);
}

/** What it does with the bytes: an answer, or an error that was meant. */
async function survives(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    expect(error).toBeInstanceOf(AppError);
  });
}

describe('detect', () => {
  it('answers or refuses in words, whatever is done to a real file', async () => {
    for (const head of heads)
      await fc.assert(
        fc.asyncProperty(damaged(head), (damage) => survives(() => detect(readerOf(apply(head, damage))))),
        { numRuns: 60 },
      );
  });

  it('answers or refuses in words for any bytes behind any mark', async () => {
    const marks = [
      'QFI\u00fb',
      'KDMV',
      'conectix',
      'vhdxfile',
      'PK\u0003\u0004',
      'shdw',
      'pbze',
      '# Disk DescriptorFile\n',
      '',
    ];
    const property = fc.asyncProperty(fc.constantFrom(...marks), fc.uint8Array({ maxLength: 3000 }), (mark, bytes) =>
      survives(() => detect(readerOf(Buffer.concat([Buffer.from(mark, 'latin1'), bytes])))),
    );
    await fc.assert(property, { numRuns: 500 });
  });
});

describe('indexes of archives', () => {
  it('list or refuse in words, whatever is done to them', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(archive), (damage) => survives(() => listTar(readerOf(apply(archive, damage))))),
      { numRuns: 200 },
    );
    await fc.assert(
      fc.asyncProperty(damaged(zip), (damage) =>
        survives(() => readZipEntry(readerOf(apply(zip, damage)), 'boot.efi', 1024 ** 2)),
      ),
      { numRuns: 200 },
    );
  });

  it('read no more of a ZIP archive than they may', async () => {
    const entry = readFileSync(path.join(folder.path, 'boot.efi'));
    expect(await readZipEntry(readerOf(zip), 'boot.efi', 2 * entry.length)).toEqual(entry);
    await expect(readZipEntry(readerOf(zip), 'boot.efi', entry.length - 1)).rejects.toThrow(/can’t be/);
    const long = path.join(folder.path, 'long.zip');
    const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    for index in range(300):
        entry = zipfile.ZipInfo(f'{index}')
        entry.comment = b'x' * 60000
        archive.writestr(entry, b'')`;
    run('python3', ['-c', script, long]);
    expect(await readZipEntry(readerOf(readFileSync(long)), '200', 10)).toEqual(Buffer.alloc(0));
    await expect(readZipEntry(readerOf(readFileSync(long)), '299', 10)).rejects.toThrow(/too long/);
  });

  it('tell a file that cannot be read from a damaged one', async () => {
    await using handle = await open(path.join(folder.path, 'a.zip'));
    const reader = await readerOfHandle(handle);
    await handle.close();
    await expect(readZipEntry(reader, 'boot.efi', 1024)).rejects.toMatchObject({ code: 'EBADF' });
  });
});
