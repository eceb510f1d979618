import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import type { Packing } from './detect.ts';
import { mebibyte } from './testing/sample-images.ts';
import { partAt } from './door.ts';
import { unpackTo } from './unpack.ts';

const never = new AbortController().signal;
let folder: ReturnType<typeof temporaryFolder>;
const at = (name: string): string => path.join(folder.path, name);
/** Half of it can be packed, and half can't. */
const content = Buffer.concat([randomBytes(mebibyte / 2), Buffer.alloc(mebibyte), Buffer.alloc(mebibyte / 2, 'text ')]);

beforeAll(() => {
  folder = temporaryFolder();
  writeFileSync(at('plain'), content);
});
afterAll(() => folder[Symbol.dispose]());

/** By the programs that people pack with, with options that change how the file is built. */
const packers: readonly (readonly [packing: Packing, program: string, args: readonly string[]])[] = [
  ['gzip', 'gzip', ['-1']],
  ['gzip', 'gzip', ['-9', '--rsyncable']],
  ['xz', 'xz', ['-0', '-T1']],
  ['xz', 'xz', ['-0', '-T2', '--block-size=500000', '--check=sha256']],
  ['bzip2', 'bzip2', ['-1']],
  ['bzip2', 'bzip2', ['-9']],
  ['zstd', 'zstd', ['-q', '-1']],
  ['zstd', 'zstd', ['-q', '-19', '--long=27']],
];

function packed(program: string, args: readonly string[]): Buffer {
  return execFileSync(program, [...args, '-c'], { input: content, maxBuffer: 64 * mebibyte });
}

async function unpacked(bytes: Buffer, packing: Packing, name = 'out'): Promise<Buffer> {
  const [from, to] = [at(`${name}.packed`), at(`${name}-${crypto.randomUUID()}`)];
  writeFileSync(from, bytes);
  await unpackTo(await partAt(from), packing, to, () => undefined, never);
  return readFileSync(to);
}

describe('unpackTo', () => {
  it.each(packers)('unpacks %s as %s %s makes it, in one part or several', async (packing, program, args) => {
    const bytes = packed(program, args);
    expect((await unpacked(bytes, packing)).equals(content)).toBe(true);
    const twice = await unpacked(Buffer.concat([bytes, bytes]), packing);
    expect(twice.equals(Buffer.concat([content, content]))).toBe(true);
  });

  it.each(packers)('says that %s by %s %s is cut off, wherever that is', async (packing, program, args) => {
    const bytes = packed(program, args);
    for (const length of [20, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const cut = unpacked(bytes.subarray(0, length), packing);
      await expect(cut, `${length} of ${bytes.length}`).rejects.toThrow(/cut off/);
    }
  });

  it.each(packers)('says that %s by %s %s is broken in its middle', async (packing, program, args) => {
    const bytes = Buffer.from(packed(program, args));
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0x5a, middle, middle + 2000);
    await expect(unpacked(bytes, packing)).rejects.toThrow(/broken|cut off/);
  });

  it('leaves holes where a bomb has zeros', async () => {
    const zeros = at('zeros');
    writeFileSync(zeros, '');
    truncateSync(zeros, 128 * mebibyte);
    execFileSync('zstd', ['-q', '-1', zeros, '-o', at('zeros.zst')]);
    expect(statSync(at('zeros.zst')).size).toBeLessThan(64 * 1024);
    await unpackTo(await partAt(at('zeros.zst')), 'zstd', at('empty'), () => undefined, never);
    expect(statSync(at('empty'))).toMatchObject({ size: 128 * mebibyte, blocks: 0 });
  });

  it.for(['gzip', 'xz', 'bzip2', 'zstd'] as const)(
    'stops a bomb of %s before it fills the volume',
    async (packing, context) => {
      await onVolume(context, 'tmpfs', 56 * mebibyte, async (point) => {
        const bomb = at(`bomb.${packing}`);
        const pieces = `head -c ${96 * mebibyte} /dev/zero | tr '\\0' x | ${packing} -1 -c > ${JSON.stringify(bomb)}`;
        execFileSync('sh', ['-c', pieces]);
        const target = path.join(point, 'out');
        await expect(unpackTo(await partAt(bomb), packing, target, () => undefined, never)).rejects.toMatchObject({
          code: 'no-space',
        });
        expect(statSync(target).blocks * 512).toBeLessThan(53 * mebibyte);
      });
    },
  );
});
