import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { onVolume } from '../library/testing/volume.ts';
import {
  cloneFile,
  flock,
  listAt,
  lockFcntl,
  nextData,
  nextHole,
  onlyPath,
  openAt,
  punchHole,
  queryFcntl,
  renameNoReplace,
} from './posix.ts';

const mebibyte = 1024 ** 2;

/** Runs with a new file open for reading and writing. */
function withFile(use: (fd: number, file: string) => void): void {
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'file');
  const fd = openSync(file, 'w+');
  try {
    use(fd, file);
  } finally {
    closeSync(fd);
  }
}

describe('nextData and nextHole', () => {
  it('find where data and holes begin', () => {
    withFile((fd) => {
      writeSync(fd, Buffer.alloc(mebibyte, 1), 0, mebibyte, 3 * mebibyte);
      writeSync(fd, 'x', 9 * mebibyte);
      expect(nextData(fd, 0)).toBe(3 * mebibyte);
      expect(nextHole(fd, 0)).toBe(0);
      expect(nextHole(fd, 3 * mebibyte)).toBe(4 * mebibyte);
      expect(nextData(fd, 4 * mebibyte)).toBe(9 * mebibyte);
      expect(nextHole(fd, 9 * mebibyte)).toBe(9 * mebibyte + 1);
      expect(nextData(fd, 20 * mebibyte)).toBe(-1);
      expect(nextHole(fd, 20 * mebibyte)).toBe(-1);
    });
  });

  it('work far behind what fits into 32 bits', () => {
    withFile((fd) => {
      const far = 5_000_000_000_000 - (5_000_000_000_000 % 4096);
      writeSync(fd, 'x', far);
      expect(nextData(fd, 0)).toBe(far);
    });
  });
});

describe('punchHole', () => {
  it('gives blocks back and leaves the rest', () => {
    withFile((fd) => {
      writeSync(fd, Buffer.alloc(2 * mebibyte, 7));
      const before = fstatSync(fd).blocks;
      expect(punchHole(fd, 0, mebibyte)).toBe(true);
      expect(fstatSync(fd)).toMatchObject({ size: 2 * mebibyte });
      expect(fstatSync(fd).blocks).toBeLessThan(before);
      const read = Buffer.alloc(2);
      readSync(fd, read, 0, 2, mebibyte - 1);
      expect([...read]).toEqual([0, 7]);
    });
  });
});

describe('renameNoReplace', () => {
  it('renames to a free name and to no other', () => {
    using folder = temporaryFolder();
    const [a, b] = [path.join(folder.path, 'a'), path.join(folder.path, 'b')];
    writeFileSync(a, 'a');
    expect(renameNoReplace(a, b)).toBe('done');
    mkdirSync(a);
    expect(renameNoReplace(b, a)).toBe('exists');
    expect(readFileSync(b, 'utf8')).toBe('a');
    expect(() => renameNoReplace(path.join(folder.path, 'none'), path.join(folder.path, 'c'))).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'rename' }),
    );
  });
});

describe('cloneFile', () => {
  it('shares blocks, or says that it can not and makes nothing', async () => {
    using folder = temporaryFolder();
    const [from, to] = [path.join(folder.path, 'from'), path.join(folder.path, 'to')];
    writeFileSync(from, 'text', { mode: 0o640 });
    if (await cloneFile(from, to)) {
      execFileSync('cmp', [from, to]);
      expect(statSync(to).mode & 0o777).toBe(0o640);
    } else expect(readdirSync(folder.path)).toEqual(['from']);
    writeFileSync(to, 'old');
    await expect(cloneFile(from, to)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(cloneFile(path.join(folder.path, 'none'), to)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readFileSync(to, 'utf8')).toBe('old');
  });

  it('can not share with another volume', async (context) => {
    await onVolume(context, 'tmpfs', mebibyte, async (volume) => {
      using folder = temporaryFolder();
      const [from, to] = [path.join(folder.path, 'from'), path.join(volume, 'to')];
      writeFileSync(from, 'text');
      expect(await cloneFile(from, to)).toBe(false);
      expect(readdirSync(volume)).toEqual([]);
    });
  });
});

describe('the native functions', () => {
  it('throw errors like those of Node', () => {
    expect(() => lockFcntl(9999)).toThrow(expect.objectContaining({ code: 'EBADF', errno: -9 }));
    expect(() => queryFcntl(9999)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => flock(9999, 'shared')).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'flock' }));
    expect(() => nextData(9999, 0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('refuse a path that holds NUL, and arguments of the wrong kind', () => {
    expect(() => renameNoReplace('/tmp/a\0b', '/tmp/c')).toThrow(TypeError);
    // What a caller without the compiler could pass.
    expect(() => lockFcntl('1' as unknown as number)).toThrow(TypeError);
    expect(() => flock(0, 'both' as 'shared')).toThrow(TypeError);
  });
});

/** Runs with a folder's descriptor: `deep/file`, a link to each, a FIFO, and a secret beside the folder. */
async function withFolder(use: (descriptor: number, folder: string) => Promise<void>): Promise<void> {
  using outside = temporaryFolder();
  const folder = path.join(outside.path, 'folder');
  mkdirSync(path.join(folder, 'deep'), { recursive: true });
  writeFileSync(path.join(folder, 'deep', 'file'), 'inside');
  writeFileSync(path.join(outside.path, 'secret'), 'secret');
  symlinkSync('deep', path.join(folder, 'link-to-folder'));
  symlinkSync('deep/file', path.join(folder, 'link-to-file'));
  symlinkSync('../secret', path.join(folder, 'link-out'));
  execFileSync('mkfifo', [path.join(folder, 'fifo')]);
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await use(descriptor, folder);
  } finally {
    closeSync(descriptor);
  }
}

describe.each([
  ['at once', false],
  ['by components', true],
])('openAt, %s', (_how, walks) => {
  it('opens a file below a folder', async () => {
    await withFolder(async (descriptor) => {
      const file = await openAt(descriptor, 'deep/file', constants.O_RDONLY, walks);
      expect(readFileSync(file, 'utf8')).toBe('inside');
      closeSync(file);
    });
  });

  it.each([
    ['link-to-file', 'ELOOP'],
    ['link-to-folder/file', 'ELOOP'],
    ['link-out', 'ELOOP'],
    ['deep/none', 'ENOENT'],
    ['deep/file/more', 'ENOTDIR'],
    ['../secret', 'EINVAL'],
    ['deep/../../secret', 'EINVAL'],
    ['./deep/file', 'EINVAL'],
    ['deep//file', 'EINVAL'],
    ['/etc/passwd', 'EINVAL'],
    ['', 'EINVAL'],
  ])('refuses %j: %s', async (name, code) => {
    await withFolder(async (descriptor) => {
      for (const flags of [constants.O_RDONLY, onlyPath ?? constants.O_RDONLY])
        await expect(openAt(descriptor, name, flags, walks)).rejects.toMatchObject({ code });
    });
  });

  it('does not wait for the other end of a FIFO', async () => {
    await withFolder(async (descriptor) => {
      closeSync(await openAt(descriptor, 'fifo', constants.O_RDONLY, walks));
    });
  });
});

describe('listAt', () => {
  it('says what each entry is by itself, and ends one behind the bound', async () => {
    await withFolder(async (descriptor) => {
      expect(Object.fromEntries((await listAt(descriptor, 100)).map(([kind, name]) => [name, kind]))).toEqual({
        deep: 'folder',
        'link-to-folder': 'link',
        'link-to-file': 'link',
        'link-out': 'link',
        fifo: 'fifo',
      });
      expect(await listAt(descriptor, 2)).toHaveLength(3);
    });
  });
});

describe('cloneFile of a descriptor', () => {
  it('makes a file for its owner alone', async (context) => {
    await onVolume(context, 'btrfs', 300 * mebibyte, async (folder) => {
      const [from, to] = [path.join(folder, 'from'), path.join(folder, 'to')];
      writeFileSync(from, 'content', { mode: 0o644 });
      const descriptor = openSync(from, 'r');
      try {
        expect(await cloneFile(descriptor, to)).toBe(true);
        await expect(cloneFile(descriptor, to)).rejects.toMatchObject({ code: 'EEXIST' });
      } finally {
        closeSync(descriptor);
      }
      expect(readFileSync(to, 'utf8')).toBe('content');
      expect(statSync(to).mode & 0o7777).toBe(0o600);
    });
  });
});
