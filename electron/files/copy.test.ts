import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyFileSparsely } from './copy.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { onVolume } from '../library/testing/volume.ts';

const mebibyte = 1024 ** 2;
const signal = new AbortController().signal;

/** A file of that length with data where the pieces say. */
function sparseFile(file: string, length: number, pieces: readonly { at: number; bytes: Buffer }[]): void {
  writeFileSync(file, '');
  truncateSync(file, length);
  const fd = openSync(file, 'r+');
  for (const { at, bytes } of pieces) writeSync(fd, bytes, 0, Math.min(bytes.length, length - at), at);
  closeSync(fd);
}

function allocated(file: string): number {
  return statSync(file).blocks * 512;
}

describe('copyFileSparsely', () => {
  it('copies any pattern of data and holes, and takes no more room', async () => {
    using folder = temporaryFolder();
    const pattern = fc.record({
      length: fc.integer({ min: 0, max: 12 * mebibyte }),
      pieces: fc.array(
        fc.record({
          at: fc.nat(12 * mebibyte),
          size: fc.integer({ min: 1, max: 2 * mebibyte }),
          fill: fc.integer({ min: 1, max: 255 }),
        }),
        { maxLength: 5 },
      ),
    });
    let number = 0;
    await fc.assert(
      fc.asyncProperty(pattern, async ({ length, pieces }) => {
        const from = path.join(folder.path, `from${number}`);
        const to = path.join(folder.path, `to${number++}`);
        sparseFile(
          from,
          length,
          pieces.filter(({ at }) => at < length).map(({ at, size, fill }) => ({ at, bytes: Buffer.alloc(size, fill) })),
        );
        await copyFileSparsely(from, to, 'Copying', { signal, onBytes: () => undefined });
        execFileSync('cmp', [from, to]);
        // A file system may round a range up to its own block.
        expect(allocated(to)).toBeLessThanOrEqual(allocated(from) + 64 * 1024);
      }),
      { numRuns: 25 },
    );
  });

  it('says how far it is, up to the whole', async () => {
    using folder = temporaryFolder();
    const [from, to] = [path.join(folder.path, 'from'), path.join(folder.path, 'to')];
    sparseFile(from, 1000 * mebibyte, [{ at: 500 * mebibyte, bytes: Buffer.alloc(9 * mebibyte, 1) }]);
    const seen: [number, number][] = [];
    await copyFileSparsely(from, to, 'Copying', { signal, onBytes: (done, total) => seen.push([done, total]) });
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort((a, b) => a - b));
    expect(seen.at(-1)?.[0]).toBe(9 * mebibyte);
    for (const [done, total] of seen) expect(done).toBeLessThanOrEqual(total);
  });

  it('stops between two pieces when it is called off', async () => {
    using folder = temporaryFolder();
    const [from, to] = [path.join(folder.path, 'from'), path.join(folder.path, 'to')];
    sparseFile(from, 20 * mebibyte, [{ at: 0, bytes: Buffer.alloc(20 * mebibyte, 1) }]);
    const controller = new AbortController();
    const copy = copyFileSparsely(from, to, 'Copying', {
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    await expect(copy).rejects.toThrow(/abort/i);
  });

  it('never writes over a file', async () => {
    using folder = temporaryFolder();
    const [from, to] = [path.join(folder.path, 'from'), path.join(folder.path, 'to')];
    writeFileSync(from, 'new');
    writeFileSync(to, 'old');
    await expect(copyFileSparsely(from, to, 'Copying', { signal, onBytes: () => undefined })).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(readFileSync(to, 'utf8')).toBe('old');
  });

  it.for(['btrfs', 'xfs'] as const)('shares the blocks on %s', async (kind, context) => {
    await onVolume(context, kind, 400 * mebibyte, async (volume) => {
      const [from, to] = [path.join(volume, 'from'), path.join(volume, 'to')];
      sparseFile(from, 300 * mebibyte, [{ at: 0, bytes: Buffer.alloc(120 * mebibyte, 7) }]);
      // Twice the data would not fit.
      for (const copy of [to, `${to}2`, `${to}3`])
        await copyFileSparsely(from, copy, 'Copying', { signal, onBytes: () => undefined });
      execFileSync('cmp', [from, `${to}3`]);
      writeFileSync(to, 'changed', { flag: 'r+' });
      expect(readFileSync(from).subarray(0, 7)).toEqual(Buffer.alloc(7, 7));
    });
  });

  it('says before it writes that there is too little room', async (context) => {
    await onVolume(context, 'tmpfs', 10 * mebibyte, async (volume) => {
      using folder = temporaryFolder();
      const from = path.join(folder.path, 'from');
      sparseFile(from, 100 * mebibyte, [{ at: 0, bytes: Buffer.alloc(20 * mebibyte, 1) }]);
      const copy = copyFileSparsely(from, path.join(volume, 'to'), 'Duplicating "a"', {
        signal,
        onBytes: () => undefined,
      });
      await expect(copy).rejects.toMatchObject({
        code: 'no-space',
        message: expect.stringMatching(/^Duplicating "a" needs 21 MB, and 10 MB are free\.$/) as string,
      });
      expect(() => statSync(path.join(volume, 'to'))).toThrow();
    });
  });
});
