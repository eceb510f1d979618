import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { isSealed, sealOf } from './owner-seal.ts';

let folder: ReturnType<typeof temporaryFolder>;
let keyFile: string;
beforeEach(() => {
  folder = temporaryFolder();
  keyFile = path.join(folder.path, 'state', 'owner.key');
  vi.stubEnv('TATIN_STATE', path.dirname(keyFile));
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

describe('A seal', () => {
  it('holds for the value, whatever the order of its keys, and for nothing else', () => {
    const seal = sealOf('a', { one: 1, two: [{ x: 'y', z: undefined }] });
    expect(isSealed('a', { two: [{ x: 'y' }], one: 1 }, seal)).toBe(true);
    expect(isSealed('b', { one: 1, two: [{ x: 'y' }] }, seal)).toBe(false);
    expect(isSealed('a', { one: 1, two: [{ x: 'z' }] }, seal)).toBe(false);
    for (const none of [undefined, null, '', 'x', 1, [seal], `${seal}0`, seal.toUpperCase()])
      expect(isSealed('a', { one: 1, two: [{ x: 'y' }] }, none)).toBe(false);
  });

  it('tells any two different values of JSON apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [a, b] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        expect(isSealed('p', b, sealOf('p', a))).toBe(isSame(a, b));
      }),
    );
    expect(sealOf('p', { a: 1 })).not.toBe(sealOf('p', [['a', 1]]));
  });

  it('is made with a key for this user alone, whatever the umask', () => {
    const before = process.umask(0);
    try {
      sealOf('a', 1);
    } finally {
      process.umask(before);
    }
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(keyFile)).mode & 0o777).toBe(0o700);
    expect(readdirSync(path.dirname(keyFile))).toEqual(['owner.key']);
  });

  it.each<[string, () => void]>([
    ['is gone', () => rmSync(keyFile)],
    ['can be read by others', () => chmodSync(keyFile, 0o644)],
    ['is cut off', () => writeFileSync(keyFile, 'short')],
    [
      'is a folder',
      () => {
        rmSync(keyFile);
        mkdirSync(keyFile);
      },
    ],
    [
      'is a link to one that others know',
      () => {
        const known = path.join(folder.path, 'known');
        writeFileSync(known, readFileSync(keyFile), { mode: 0o600 });
        rmSync(keyFile);
        symlinkSync(known, keyFile);
      },
    ],
  ])('is worth nothing when the key %s, and the next one has a new key', (_what, spoil) => {
    const seal = sealOf('a', 1);
    spoil();
    expect(isSealed('a', 1, seal)).toBe(false);
    const next = sealOf('a', 1);
    expect(next).not.toBe(seal);
    expect(isSealed('a', 1, next)).toBe(true);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  });

  it('is the same from every one of many processes that begin at once', async () => {
    const script = `const { sealOf } = await import(${JSON.stringify(path.resolve('electron/host/owner-seal.ts'))});
      process.stdout.write(sealOf('a', 1));`;
    const seals = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        return await text(child.stdout);
      }),
    );
    expect(new Set(seals).size).toBe(1);
    expect(isSealed('a', 1, seals[0])).toBe(true);
  });
});

function isSame(one: unknown, other: unknown): boolean {
  return fc.stringify(one) === fc.stringify(other) || JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return {
    sorted: Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  };
}
