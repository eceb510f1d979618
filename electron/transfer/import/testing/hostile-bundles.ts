import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** What a stranger is after: in a file of the user's that only they may read. */
export const secretText = 'TOP-SECRET-OF-THE-USER';

type Value = string | number | boolean | Value[] | Buffer | { [key: string]: Value };

/** A property list as Apple's encoder writes it. */
export function plist(value: Value): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n${element(value)}\n</plist>\n`;
}

function element(value: Value): string {
  if (typeof value === 'string') return `<string>${value}</string>`;
  if (typeof value === 'number') return `<integer>${value}</integer>`;
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (Buffer.isBuffer(value)) return `<data>${value.toString('base64')}</data>`;
  if (Array.isArray(value)) return `<array>${value.map(element).join('')}</array>`;
  const entries = Object.entries(value).map(([key, one]) => `<key>${key}</key>${element(one)}`);
  return `<dict>${entries.join('')}</dict>`;
}

/** Settings of a UTM bundle with one disk, `disk.img`, and firmware variables. */
export function utmSettings(more: Record<string, Value> = {}): Record<string, Value> {
  return {
    Backend: 'QEMU',
    ConfigurationVersion: 4,
    Information: { Name: 'Nice' },
    System: { Architecture: 'aarch64', CPUCount: 2, MemorySize: 1024 },
    QEMU: { UEFIBoot: true },
    Drive: [{ ImageName: 'disk.img', ImageType: 'Disk' }],
    ...more,
  };
}

/** A bundle as its program makes it, by kind; every one is taken as it is. Each of its files is named. */
export const honest: Readonly<
  Record<string, { files: readonly string[]; make: (folder: string, disk: string) => void }>
> = {
  'nice.utm': {
    files: ['config.plist', 'Data/disk.img', 'Data/efi_vars.fd'],
    make: (folder, disk) => {
      mkdirSync(path.join(folder, 'Data'), { recursive: true });
      writeFileSync(path.join(folder, 'config.plist'), plist(utmSettings()));
      copyFileSync(disk, path.join(folder, 'Data', 'disk.img'));
      writeFileSync(path.join(folder, 'Data', 'efi_vars.fd'), 'variables');
    },
  },
  'apple.utm': {
    files: ['config.plist', 'Data/disk.img', 'Data/store'],
    make: (folder, disk) => {
      mkdirSync(path.join(folder, 'Data'), { recursive: true });
      const system = {
        Architecture: 'aarch64',
        MemorySize: 1024,
        Boot: { OperatingSystem: 'Linux', UEFIBoot: true, EfiVariableStoragePath: 'store' },
      };
      writeFileSync(path.join(folder, 'config.plist'), plist(utmSettings({ Backend: 'Apple', System: system })));
      copyFileSync(disk, path.join(folder, 'Data', 'disk.img'));
      writeFileSync(path.join(folder, 'Data', 'store'), 'variables');
    },
  },
  'mac.vbvm': {
    files: ['Disk.img', 'AuxiliaryStorage', 'HardwareModel', 'MachineIdentifier', '.vbdata/Config.plist'],
    make: (folder, disk) => {
      mkdirSync(path.join(folder, '.vbdata'), { recursive: true });
      copyFileSync(disk, path.join(folder, 'Disk.img'));
      for (const name of ['AuxiliaryStorage', 'HardwareModel', 'MachineIdentifier'])
        writeFileSync(path.join(folder, name), name);
      const hardware = { cpuCount: 2, memorySize: 2 ** 30 };
      writeFileSync(path.join(folder, '.vbdata', 'Config.plist'), plist({ hardware }));
    },
  },
  tart: {
    files: ['config.json', 'disk.img', 'nvram.bin', 'tatin.json', 'qemu-vars.fd', 'picture.png', 'disk-1.img'],
    make: (folder, disk) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'config.json'), tartSettings);
      for (const name of ['disk.img', 'disk-1.img']) copyFileSync(disk, path.join(folder, name));
      for (const name of ['nvram.bin', 'qemu-vars.fd', 'picture.png']) writeFileSync(path.join(folder, name), name);
      writeFileSync(path.join(folder, 'tatin.json'), JSON.stringify({ extraDisks: [{ path: 'disk-1.img' }] }));
    },
  },
};

const tartSettings = JSON.stringify({
  version: 1,
  os: 'linux',
  arch: 'arm64',
  cpuCountMin: 1,
  cpuCount: 1,
  memorySizeMin: 2 ** 29,
  memorySize: 2 ** 29,
  macAddress: '02:00:00:00:00:07',
  display: { width: 800, height: 600 },
});

/** Ways to put something else in the place of a file; `secret` is the user's, `file` is where it stood. */
export const swaps: Readonly<Record<string, (file: string, secret: string) => void>> = {
  'an absolute link': (file, secret) => symlinkSync(secret, file),
  'a relative link': (file, secret) => symlinkSync(path.relative(path.dirname(file), secret), file),
  'a chain of links': (file, secret) => {
    symlinkSync(secret, `${file}.next`);
    symlinkSync(path.basename(`${file}.next`), file);
  },
  'a link to an endless device': (file) => symlinkSync('/dev/zero', file),
  'a link to a process': (file) => symlinkSync('/proc/self/environ', file),
  'a hard link': (file, secret) => linkSync(secret, file),
  'a FIFO': (file) => execFileSync('mkfifo', [file]),
  'a folder': (file) => mkdirSync(file),
  ...(process.getuid?.() === 0
    ? { 'a device': (file: string) => void execFileSync('mknod', [file, 'c', '1', '5']) }
    : undefined),
};

/** Puts something else in the place of what is there. */
export function swap(file: string, how: keyof typeof swaps, secret: string): void {
  rmSync(file, { recursive: true, force: true });
  swaps[how]?.(file, secret);
}

/** Files below a folder that hold the secret. */
export function filesWithSecret(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => path.join(entry.parentPath, entry.name));
  return paths.filter((file) => readFileSync(file).includes(secretText));
}

/** A binary property list of arrays that each refer twice to the next: `levels` deep, so 2 to that power of values. */
export function doublingList(levels: number): Buffer {
  const objects = Array.from({ length: levels }, (_, index) => Buffer.from([0xa2, index + 1, index + 1]));
  return binaryList([...objects, Buffer.from([0x09])]);
}

/** A binary property list of an array that refers to itself. */
export const cyclicList = (): Buffer => binaryList([Buffer.from([0xa1, 0x00])]);

/** A dictionary, whose value stands in the place of settings, so that a reader goes on to unfold it. */
export function binaryList(objects: readonly Buffer[]): Buffer {
  const head = Buffer.from('bplist00');
  let at = head.length;
  const offsets = objects.map((object) => (at += object.length) - object.length);
  const table = Buffer.from(offsets.flatMap((offset) => [offset >> 8, offset & 255]));
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(2, 6);
  trailer.writeUInt8(1, 7);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  return Buffer.concat([head, ...objects, table, trailer]);
}
