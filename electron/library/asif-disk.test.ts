import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AsifHost, makeAsifDisk, requireAsif } from './asif-disk.ts';
import { temporaryLibrary, quietWork } from './testing/temporary-home.ts';

const { signal } = new AbortController();
let temporary: Awaited<ReturnType<typeof temporaryLibrary>>;
beforeEach(async () => {
  temporary = await temporaryLibrary();
});
afterEach(() => temporary[Symbol.dispose]());

/** A Mac whose `diskutil` writes down what it was asked in place of a disk. */
function mac(exitCode = 0): AsifHost {
  return {
    platform: 'darwin',
    release: '25.1.0',
    run: (program, args) => {
      if (exitCode === 0) writeFileSync(args.at(-1) ?? '', [program, ...args.slice(0, -1)].join(' '));
      return Promise.resolve({ exitCode, stdout: '', stderr: 'No room.' });
    },
  };
}

describe('A disk in Apple’s sparse format', () => {
  const file = () => path.join(temporary.library.home.tmp, 'disk.img');

  it('is made by diskutil, of the asked size and without a file system', async () => {
    await makeAsifDisk(file(), 50e9, signal, mac());
    expect(readFileSync(file(), 'utf8')).toBe(
      '/usr/sbin/diskutil image create blank --fs None --format ASIF --size 50000000000',
    );
  });

  it('says what diskutil said when it fails', async () => {
    await expect(makeAsifDisk(file(), 50e9, signal, mac(1))).rejects.toMatchObject({
      code: 'not-supported',
      details: 'No room.',
    });
  });

  it.each([
    ['on Linux', { platform: 'linux', release: '26.0.0' }],
    ['before macOS 26', { platform: 'darwin', release: '24.6.0' }],
  ] as const)('is refused %s', (_where, host) => {
    expect(() => requireAsif(host)).toThrow(/needs macOS 26/);
  });

  it('is what a new machine says that it has', async () => {
    const { library } = temporary;
    const makeDisk = (disk: string, bytes: number) => makeAsifDisk(disk, bytes, signal, mac());
    const spec = { name: 'web', os: 'linux' as const, diskBytes: 50e9, sparseDisk: makeDisk };
    const vm = await library.create(spec, quietWork());
    expect(vm.config.diskFormat).toBe('asif');
    expect(readFileSync(path.join(vm.folder, 'disk.img'), 'utf8')).toContain('--size 50000000000');
  });
});
