import { readerOf } from '../../../../electron/transfer/import/byte-reader.ts';
import { detect } from '../../../../electron/transfer/import/detect.ts';
import { NotImportable } from '../../../../electron/transfer/import/not-importable.ts';
import { type FuzzTarget, outcomeOf, WrongAnswer } from '../target.ts';

/** Bytes of a file of any kind, as an import first looks at them. */
async function look(bytes: Buffer): Promise<void> {
  const found = await detect(readerOf(bytes));
  if (found.is === 'disk' && !(Number.isSafeInteger(found.image.bytes) && found.image.bytes > 0))
    throw new WrongAnswer(`A disk of ${found.image.bytes} bytes.`);
}

const diskImage = (name: string, markBytes: number, words: readonly string[] = []): FuzzTarget => ({
  name,
  markBytes,
  words,
  run: (bytes) =>
    outcomeOf(
      (error) => error instanceof NotImportable,
      () => look(bytes),
    ),
});

const vmdkWords = [
  'RW 21 FLAT "/etc/passwd" 0',
  'RW +1 ZERO',
  '\n',
  '# parentFileNameHint="x"',
  'parentCID=1',
  '"',
  'nbd://h',
];

export const diskImages: readonly FuzzTarget[] = [
  diskImage('qcow2', 4),
  diskImage('vmdk', 4, vmdkWords),
  diskImage('vdi', 68),
  diskImage('vhd', 0, ['conectix']),
  diskImage('vhdx', 8),
  diskImage('disc', 0),
  diskImage('raw-disk', 0),
];
