import { NotImportable } from '../../../../electron/transfer/import/not-importable.ts';
import { parseManifest, parseOvf } from '../../../../electron/transfer/import/ovf.ts';
import { parsePropertyList, PropertyListError } from '../../../../electron/transfer/import/property-list.ts';
import { type FuzzTarget, outcomeOf } from '../target.ts';

const isNotImportable = (error: unknown): boolean => error instanceof NotImportable;

/** Texts and lists that say what a machine is made of. */
export const descriptions: readonly FuzzTarget[] = [
  {
    name: 'ovf',
    words: [
      '<Disk>',
      '</Disk>',
      '<!DOCTYPE x [<!ENTITY a "b">]>',
      '&a;',
      '<![CDATA[',
      ']]>',
      'ovf:href="../x"',
      '&#0;',
    ],
    run: (bytes) => outcomeOf(isNotImportable, () => parseOvf(bytes.toString('utf8'))),
  },
  {
    name: 'ovf-manifest',
    words: ['SHA256(', ')= ', '\r\n'],
    run: (bytes) => outcomeOf(isNotImportable, () => parseManifest(bytes.toString('utf8'))),
  },
  {
    name: 'plist',
    words: ['<array>', '<dict>', '<key>a</key>', '<!ENTITY a "b">', '\u00a1\u0000', '\u00d1\u0001'],
    run: (bytes) =>
      outcomeOf(
        (error) => error instanceof PropertyListError,
        () => parsePropertyList(bytes),
      ),
  },
];
