import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, readStamp, writeStamp } from './fingerprint.mjs';

describe('fingerprint', () => {
  /** @type {string} */
  let root;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tatin-fingerprint-'));
    mkdirSync(join(root, 'source'));
    writeFileSync(join(root, 'source/a.ts'), 'a');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const take = () => fingerprint(root, ['source', 'not-there-yet']);

  it('changes with a content, a name and a new file', () => {
    const first = take();
    writeFileSync(join(root, 'source/a.ts'), 'b');
    const second = take();
    writeFileSync(join(root, 'source/b.ts'), '');
    const third = take();
    writeFileSync(join(root, 'not-there-yet'), '');
    expect(new Set([first, second, third, take()]).size).toBe(4);
  });

  it('stays when only tests and made files change', () => {
    const before = take();
    writeFileSync(join(root, 'source/a.test.ts'), 'new');
    mkdirSync(join(root, 'source/build'));
    writeFileSync(join(root, 'source/build/made.o'), 'new');
    expect(take()).toBe(before);
  });

  it('depends on what else is said', () => {
    expect(fingerprint(root, ['source'], ['linux'])).not.toBe(fingerprint(root, ['source'], ['darwin']));
  });

  it('is remembered by a stamp, which is nothing before the first one', () => {
    const stamp = join(root, 'deep/stamp');
    expect(readStamp(stamp)).toBeUndefined();
    writeStamp(stamp, take());
    expect(readStamp(stamp)).toBe(take());
  });
});
