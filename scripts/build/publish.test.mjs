import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publish } from './publish.mjs';

describe('publish', () => {
  /** @type {string} */
  let root;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tatin-publish-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** @param {string} name @param {string} text */
  const put = (name, text) => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  /** @param {string} name */
  const isEntry = (name) => !name.includes('/');

  it('replaces entries and leaves chunks of the build before for those who still run it', () => {
    put('to/cli.js', 'old');
    put('to/chunks/old.js', 'old');
    put('from/cli.js', 'new');
    put('from/chunks/new.js', 'new');
    publish(join(root, 'from'), join(root, 'to'), isEntry);
    expect(readFileSync(join(root, 'to/cli.js'), 'utf8')).toBe('new');
    expect(existsSync(join(root, 'to/chunks/new.js'))).toBe(true);
    expect(existsSync(join(root, 'to/chunks/old.js'))).toBe(true);
    expect(existsSync(join(root, 'from'))).toBe(false);
  });

  it('sweeps what no build has renewed for a week', () => {
    put('to/chunks/old.js', 'old');
    const longAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
    utimesSync(join(root, 'to/chunks/old.js'), longAgo, longAgo);
    put('from/cli.js', 'new');
    utimesSync(join(root, 'from/cli.js'), longAgo, longAgo);
    publish(join(root, 'from'), join(root, 'to'), isEntry);
    expect(existsSync(join(root, 'to/chunks/old.js'))).toBe(false);
    expect(existsSync(join(root, 'to/cli.js'))).toBe(true);
  });
});
