import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

export const mebibyte = 1024 ** 2;

/** Runs a program that must succeed. */
export function run(program: string, args: readonly string[], cwd?: string): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd });
}

/** A partition table with an EFI partition that has a boot file for `arch`, then data and a hole. 48 MiB. */
export function makeDisk(
  file: string,
  { arch = 'amd64', data = 4 }: { arch?: 'amd64' | 'arm64'; data?: number } = {},
): void {
  writeFileSync(file, '');
  truncateSync(file, 48 * mebibyte);
  execFileSync('/sbin/sfdisk', ['-q', file], {
    input: 'label: gpt\nstart=2048, size=32768, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\nstart=34816, type=linux\n',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const partition = `${file}@@1M`;
  run('mformat', ['-i', partition, '-T', '32768', '-h', '16', '-s', '63', '::']);
  run('mmd', ['-i', partition, '::/EFI', '::/EFI/BOOT']);
  const boot = path.join(path.dirname(file), 'boot.efi');
  writeFileSync(boot, 'MZ');
  run('mcopy', ['-i', partition, boot, arch === 'amd64' ? '::/EFI/BOOT/BOOTX64.EFI' : '::/EFI/BOOT/BOOTAA64.EFI']);
  const disk = openSync(file, 'r+');
  try {
    writeSync(disk, randomBytes(data * mebibyte), 0, data * mebibyte, 20 * mebibyte);
  } finally {
    closeSync(disk);
  }
}

/** Formats that `qemu-img` writes: what it calls each, options, and what the import calls it. */
export const formats = [
  { name: 'disk.qcow2', format: 'qcow2', options: '', kind: 'qcow2' },
  { name: 'packed.qcow2', format: 'qcow2', options: '-c', kind: 'qcow2' },
  { name: 'old.qcow2', format: 'qcow2', options: '-o compat=0.10', kind: 'qcow2' },
  { name: 'sparse.vmdk', format: 'vmdk', options: '-o subformat=monolithicSparse', kind: 'vmdk' },
  { name: 'stream.vmdk', format: 'vmdk', options: '-o subformat=streamOptimized', kind: 'vmdk' },
  { name: 'flat.vmdk', format: 'vmdk', options: '-o subformat=monolithicFlat', kind: 'vmdk' },
  { name: 'split.vmdk', format: 'vmdk', options: '-o subformat=twoGbMaxExtentSparse', kind: 'vmdk' },
  { name: 'disk.vdi', format: 'vdi', options: '', kind: 'vdi' },
  { name: 'dynamic.vhd', format: 'vpc', options: '-o force_size=on', kind: 'vhd' },
  { name: 'fixed.vhd', format: 'vpc', options: '-o subformat=fixed,force_size=on', kind: 'vhd' },
  { name: 'disk.vhdx', format: 'vhdx', options: '', kind: 'vhdx' },
] as const;

/** Makes an image of a raw one, and gives its path. */
export function makeImage(
  raw: string,
  { name, format, options }: { name: string; format: string; options: string },
): string {
  const file = path.join(path.dirname(raw), name);
  run('qemu-img', [
    'convert',
    '-f',
    'raw',
    '-O',
    format,
    ...options.split(' ').filter((word) => word !== ''),
    raw,
    file,
  ]);
  return file;
}
