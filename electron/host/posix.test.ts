import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { onVolume } from '../library/testing/volume.ts';
import { cloneFile, flock, lockFcntl, nextData, nextHole, punchHole, queryFcntl, renameNoReplace } from './posix.ts';

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
