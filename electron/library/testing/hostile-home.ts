import { execFileSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { tartConfig } from './temporary-home.ts';

/** What may lie where a file is looked for. Each makes something at the path. */
export const hostileFiles: Readonly<Record<string, (file: string) => void>> = {
  'a named pipe': (file) => execFileSync('mkfifo', [file]),
  'a folder': (file) => mkdirSync(file),
  'a device without an end': (file) => symlinkSync('/dev/zero', file),
  'a link in a circle': (file) => symlinkSync(path.basename(file), file),
  'a link to nowhere': (file) => symlinkSync('nowhere', file),
  'a hundred thousand brackets': (file) => writeFileSync(file, '['.repeat(100_000)),
  'a hundred thousand objects': (file) => writeFileSync(file, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  'sixty-five levels in a field': (file) => writeFileSync(file, `{"notes":${'['.repeat(65)}${']'.repeat(65)}}`),
  'a hundred megabytes of numbers': (file) => {
    const descriptor = openSync(file, 'w');
    const piece = '0,'.repeat(2_500_000);
    writeSync(descriptor, '[');
    for (let count = 0; count < 20; count++) writeSync(descriptor, piece);
    writeSync(descriptor, '0]');
    closeSync(descriptor);
  },
  'two gigabytes of nothing': (file) => {
    writeFileSync(file, '');
    truncateSync(file, 2e9);
  },
  zeros: (file) => writeFileSync(file, Buffer.alloc(4096)),
  'a string without an end': (file) => writeFileSync(file, `{"notes":"${'x'.repeat(1_000_000)}`),
  'a number without an end': (file) => writeFileSync(file, `{"version":${'1'.repeat(1_000_000)}e`),
  'bytes that are no text': (file) => writeFileSync(file, Buffer.alloc(4096, 0xfe)),
  'another kind of document': (file) => writeFileSync(file, '"\u001b]0;title\u0007"'),
};

/** Leaves of a VM's folder without which it is a VM all the same. */
const optionalFiles = [
  'tatin.json',
  'events.jsonl',
  'usage.ring',
  'last-run.json',
  'picture.png',
  'tatin-layers.json',
  'serial.log',
  'qemu.log',
  'install.log',
  'control.sock',
];

/** What a home of hostile folders is to look like. */
export interface HostileHome {
  /** Folders that are machines, whatever lies beside what they need. */
  readonly machines: readonly string[];
  /** Folders that are none; each is one row with a reason. */
  readonly unreadable: readonly string[];
}

/** Lays down a folder for each hostile file in each place. Takes some seconds for the long files, which are made once. */
export function layDownHostileHome(vms: string): HostileHome {
  mkdirSync(vms, { recursive: true });
  const [machines, unreadable]: [string[], string[]] = [['honest'], []];
  layDown(path.join(vms, 'honest'));
  const masters = path.join(path.dirname(vms), 'masters');
  mkdirSync(masters);
  Object.entries(hostileFiles).forEach(([what, make], index) => {
    const master = path.join(masters, `${index}`);
    make(master);
    const place = (file: string): void => {
      rmSync(file, { force: true });
      if (what === 'a named pipe' || what === 'a folder' || what.startsWith('a link')) make(file);
      else if (what.includes('hundred megabytes')) cpSync(master, file, { mode: 0 });
      else make(file);
    };
    for (const leaf of [
      'config.json',
      'tatin.json',
      ...(what.includes('hundred megabytes') ? ['events.jsonl'] : optionalFiles.slice(1)),
    ]) {
      const name = `${leaf} is ${what}`;
      const folder = path.join(vms, name);
      layDown(folder);
      place(path.join(folder, leaf));
      (leaf === 'config.json' ? unreadable : machines).push(name);
    }
  });
  rmSync(masters, { recursive: true });
  layDownFolders(vms, unreadable);
  return { machines: machines.sort(), unreadable: unreadable.sort() };
}

/** Folders that are strange themselves. */
function layDownFolders(vms: string, unreadable: string[]): void {
  const strange = '\u001b]0;title\u0007\u202egnp.exe\n';
  mkdirSync(path.join(vms, strange));
  symlinkSync('round', path.join(vms, 'round'));
  symlinkSync('/nowhere/at/all', path.join(vms, 'nowhere'));
  mkdirSync(path.join(vms, 'empty'));
  const disk = path.join(vms, 'disk is a named pipe');
  layDown(disk);
  rmSync(path.join(disk, 'disk.img'));
  execFileSync('mkfifo', [path.join(disk, 'disk.img')]);
  unreadable.push(strange, 'round', 'nowhere', 'empty', 'disk is a named pipe');
  // Neither is a folder, and neither is a row.
  execFileSync('mkfifo', [path.join(vms, 'pipe')]);
  writeFileSync(path.join(vms, 'file'), '');
  if (process.platform !== 'linux') return;
  // A Mac's file systems take no such name.
  mkdirSync(Buffer.concat([Buffer.from(`${vms}/latin-`), Buffer.of(0xe4)]));
  unreadable.push('latin-\ufffd');
}

function layDown(folder: string): void {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'config.json'), tartConfig);
  writeFileSync(path.join(folder, 'nvram.bin'), '');
  writeFileSync(path.join(folder, 'disk.img'), 'disk');
}
