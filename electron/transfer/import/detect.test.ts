import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { readerOf } from './byte-reader.ts';
import { detect } from './detect.ts';
import { listTar } from './tar-index.ts';
import { formats, makeDisk, makeImage, run } from './testing/sample-images.ts';
import { listZip } from './zip-index.ts';

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
      fc.asyncProperty(damaged(zip), (damage) => survives(() => listZip(readerOf(apply(zip, damage))))),
      { numRuns: 200 },
    );
  });
});
