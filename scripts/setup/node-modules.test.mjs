import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installCommand, nodeModulesMatchLock } from './node-modules.mjs';

const packages = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/for-another-platform': { version: '1.0.0', integrity: 'sha512-b', optional: true },
};
const installed = { 'node_modules/a': packages['node_modules/a'] };

describe('nodeModulesMatchLock', () => {
  /** @type {string} */
  let root;
  /** @param {string} file @param {unknown} value */
  const put = (file, value) => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), JSON.stringify(value));
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tatin-lock-'));
    put('package-lock.json', { packages });
    put('node_modules/.package-lock.json', { packages: installed });
    put('node_modules/keytar/build/Release/keytar.node', '');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is true where all is there that this platform needs', () => {
    expect(nodeModulesMatchLock(root)).toBe(true);
  });

  it('is false for another version, other contents, a new package, and before the first install', () => {
    put('node_modules/.package-lock.json', {
      packages: { 'node_modules/a': { ...packages['node_modules/a'], version: '2.0.0' } },
    });
    expect(nodeModulesMatchLock(root)).toBe(false);
    put('node_modules/.package-lock.json', {
      packages: { 'node_modules/a': { ...packages['node_modules/a'], integrity: 'x' } },
    });
    expect(nodeModulesMatchLock(root)).toBe(false);
    put('node_modules/.package-lock.json', { packages: installed });
    put('package-lock.json', { packages: { ...packages, 'node_modules/new': { version: '1.0.0' } } });
    expect(nodeModulesMatchLock(root)).toBe(false);
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(nodeModulesMatchLock(root)).toBe(false);
  });

  it('is false where an install was cut off before it had compiled', () => {
    rmSync(join(root, 'node_modules/keytar'), { recursive: true });
    expect(nodeModulesMatchLock(root)).toBe(false);
  });
});

describe('installCommand', () => {
  it('keeps the programs that npm is about to delete out of the search path, and the rest of the environment', () => {
    const path = ['/project/node_modules/.bin', process.env.PATH ?? ''].join(delimiter);
    const { command, env } = installCommand('/project', { PATH: path, npm_config_cache: '/somewhere' });
    expect(command.slice(-3)).toEqual(['ci', '--no-audit', '--no-fund']);
    expect(env.PATH).toBe(process.env.PATH);
    expect(env['npm_config_cache']).toBe('/somewhere');
  });

  it('leaves a place of headers that the user chose', () => {
    const { env } = installCommand('/project', { PATH: '', npm_config_nodedir: '/mine' });
    expect(env['npm_config_nodedir']).toBe('/mine');
  });
});
