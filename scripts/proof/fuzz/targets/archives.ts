import { readdir } from 'node:fs/promises';
import { AppError } from '../../../../electron/contract/errors.ts';
import { extractArchive } from '../../../../electron/codecs/apple-archive/extract.ts';
import { listArchive } from '../../../../electron/codecs/apple-archive/peek.ts';
import { Scratch } from '../../../../electron/codecs/apple-archive/testing/scratch.ts';
import { readerOf } from '../../../../electron/transfer/import/byte-reader.ts';
import { NotImportable } from '../../../../electron/transfer/import/not-importable.ts';
import { listTar } from '../../../../electron/transfer/import/tar-index.ts';
import { readZipEntry } from '../../../../electron/transfer/import/zip-index.ts';
import { type FuzzTarget, outcomeOf, WrongAnswer } from '../target.ts';

const isNotImportable = (error: unknown): boolean => error instanceof NotImportable;

/** The file system has rules of its own for names. */
const refusedByNames = ['EINVAL', 'EILSEQ', 'ENAMETOOLONG'];
const isRefusedArchive = (error: unknown): boolean =>
  error instanceof AppError ||
  (error instanceof Error && 'code' in error && refusedByNames.includes(String(error.code)));

/** Unpacks or lists: nothing may appear outside of the destination, and nothing may be left there after an error. */
async function unpack(bytes: Buffer): Promise<'accepted' | 'refused'> {
  using scratch = new Scratch();
  const source = scratch.write('made.aar', bytes);
  const { signal } = new AbortController();
  await outcomeOf(isRefusedArchive, () => listArchive({ source, signal }));
  const work = { source, destination: scratch.out, limitBytes: 1e7, signal };
  const outcome = await outcomeOf(isRefusedArchive, () => extractArchive(work));
  const left = (await readdir(scratch.folder)).filter((name) => name !== 'made.aar');
  if (left.some((name) => name !== 'out') || (outcome === 'refused' && left.length > 0))
    throw new WrongAnswer(`There is ${left.join(' and ')} where nothing should be.`);
  return outcome;
}

/** The names are those of the seeds. */
async function readEntries(bytes: Buffer): Promise<void> {
  for (const name of ['BuildManifest.plist', 'a/b.txt']) await readZipEntry(readerOf(bytes), name, 1024 ** 2);
}

async function listWithin(bytes: Buffer): Promise<void> {
  for (const { name, offset, size } of await listTar(readerOf(bytes)))
    if (offset < 0 || size < 0 || offset + size > bytes.length)
      throw new WrongAnswer(`${JSON.stringify(name)} lies outside of the archive: ${offset} + ${size}.`);
}

export const archives: readonly FuzzTarget[] = [
  { name: 'apple-archive', words: ['AA01', 'TYP1', 'PATP', 'LNKP', 'DATB', '../', '/'], run: unpack },
  {
    name: 'tar',
    words: ['size=99999999999\n', '30 path=../../x\n', '././@LongLink'],
    run: (bytes) => outcomeOf(isNotImportable, () => listWithin(bytes)),
  },
  {
    name: 'zip',
    words: ['PK\u0005\u0006', 'PK\u0006\u0006', 'PK\u0001\u0002'],
    run: (bytes) => outcomeOf(isNotImportable, () => readEntries(bytes)),
  },
];
