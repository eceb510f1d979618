import { isUtf8 } from 'node:buffer';

/** What a file is that is no virtual machine, and what to do with it instead. */
export interface OtherFile {
  readonly title: string;
  readonly hint?: string;
}

const unpackHint = 'Unpack it first, then import what was in it.';
const convertHint = 'Convert it with qemu-img convert -O qcow2, then import the result.';

/** Marks of formats: where, the bytes as hexadecimal, and what it is then. More particular ones first. */
const marks: readonly (readonly [offset: number, mark: string, file: OtherFile])[] = [
  [0, '255044462d', { title: 'PDF document' }],
  [0, '89504e470d0a1a0a', { title: 'PNG picture' }],
  [0, 'ffd8ff', { title: 'JPEG picture' }],
  [0, '47494638', { title: 'GIF picture' }],
  [4, '66747970', { title: 'Video or picture (MPEG-4)' }],
  [0, '49443303', { title: 'MP3 audio' }],
  [0, '7f454c46', { title: 'Program for Linux (ELF)' }],
  [0, 'cffaedfe', { title: 'Program for macOS (Mach-O)' }],
  [0, 'cafebabe', { title: 'Program for macOS (universal), or for Java' }],
  [0, '4d5a', { title: 'Program for Windows or EFI' }],
  [0, '377abcaf271c', { title: '7-Zip archive', hint: unpackHint }],
  [0, '526172211a07', { title: 'RAR archive', hint: unpackHint }],
  [0, '78617221', { title: 'Installer package (xar)' }],
  [0, '213c617263683e0a', { title: 'Package or library (ar)' }],
  [0, 'edabeedb', { title: 'RPM package' }],
  [0, '04224d18', { title: 'LZ4-compressed file', hint: unpackHint }],
  [
    0,
    '656e637263647361',
    { title: 'Encrypted Apple disk image (DMG)', hint: 'Open it on a Mac and import what is in it.' },
  ],
  [0, '51454400', { title: 'QED disk image', hint: convertHint }],
  [0, '576974686f757446726565', { title: 'Parallels disk image', hint: convertHint }],
  [0, '576974686f75467265', { title: 'Parallels disk image', hint: convertHint }],
  [0, '434f5744', { title: 'VMware ESX 3 disk image', hint: convertHint }],
  [0, '626f6f6b0000', { title: 'Alias of macOS', hint: 'Import the file that it leads to.' }],
  [0, '53514c69746520666f726d61742033', { title: 'SQLite database' }],
];

/** The last 512 bytes of an Apple disk image begin so. */
export const dmgTrailer = 'koly';
export const dmg: OtherFile = {
  title: 'Apple disk image (DMG)',
  hint: 'On a Mac, hdiutil convert -format UDTO makes a raw image of it, which can be imported.',
};

/** What a file is by its beginning; undefined if that says nothing. */
export function otherFileOf(head: Buffer): OtherFile | undefined {
  for (const [offset, mark, file] of marks)
    if (head.subarray(offset, offset + mark.length / 2).toString('hex') === mark) return file;
  if (head.length > 0 && isText(head.subarray(0, 4096))) return textFileOf(head.subarray(0, 4096).toString('utf8'));
  return undefined;
}

/** UTF-8 without control characters but those that a text has; its last character may be cut off. */
function isText(bytes: Buffer): boolean {
  const isWhole = [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
  return isWhole && bytes.every((byte) => byte >= 0x20 || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b);
}

function textFileOf(text: string): OtherFile {
  if (/^\s*(<!doctype html|<html)/i.test(text))
    return { title: 'Web page (HTML)', hint: 'A download may have brought a page that says why it failed.' };
  if (/^\s*<\?xml/.test(text)) return { title: 'XML document' };
  if (/^\s*[{[]/.test(text)) return { title: 'JSON document' };
  if (text.startsWith('#!')) return { title: 'Script' };
  if (text.startsWith('version https://git-lfs'))
    return { title: 'Pointer of Git LFS', hint: 'Fetch it with git lfs pull.' };
  return { title: 'Text' };
}
