import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBounded, readBoundedSync, RefusedFile } from './bounded-file.ts';
import { parseBoundedJson } from './bounded-json.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'tatin-bounded-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const at = (leaf: string) => path.join(folder, leaf);

describe.each([
  ['readBounded', readBounded],
  ['readBoundedSync', async (file: string, maxBytes?: number) => Promise.resolve(readBoundedSync(file, maxBytes))],
])('%s', (_, read) => {
  it('reads files of any length up to the bound, also through a link', async () => {
    for (const text of ['', 'a', 'x'.repeat(10)]) {
      writeFileSync(at('file'), text);
      expect((await read(at('file'), 10)).toString()).toBe(text);
    }
    symlinkSync(at('file'), at('link'));
    expect((await read(at('link'), 10)).length).toBe(10);
  });

  it('refuses a file that is longer by one byte', async () => {
    writeFileSync(at('file'), 'x'.repeat(11));
    await expect(async () => await read(at('file'), 10)).rejects.toMatchObject({ reason: 'too-long' });
  });

  it('refuses FIFOs, folders and devices without waiting for them', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync('/dev/zero', at('zero'));
    for (const file of [at('fifo'), at('zero'), folder])
      await expect(async () => await read(file)).rejects.toBeInstanceOf(RefusedFile);
  });

  it('says that a file is missing as Node does', async () => {
    await expect(async () => await read(at('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('parseBoundedJson', () => {
  const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;

  it('parses 64 levels and refuses 65', () => {
    expect(parseBoundedJson(nested(64))).toBeInstanceOf(Array);
    expect(() => parseBoundedJson(`[${nested(64)}]`)).toThrow(SyntaxError);
  });

  it('counts no brackets in strings', () => {
    const text = JSON.stringify({ a: '"'.repeat(3) + '['.repeat(100), b: '\\', c: '{'.repeat(100) });
    expect(parseBoundedJson(text)).toEqual(JSON.parse(text));
  });

  it('refuses a hundred thousand brackets in words', () => {
    expect(() => parseBoundedJson('['.repeat(100_000))).toThrow('is nested deeper than 64 levels');
  });
});
