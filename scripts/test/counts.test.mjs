import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { playwrightCounts, total, vitestCounts } from './counts.mjs';

const root = join(import.meta.dirname, '../..');

/** Both tools look for their packages from the tests upwards, so the folder gets the project's. @type {string} */
let folder;
beforeEach(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache/counts-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the real tool. @param {string} program @param {string[]} args */
function run(program, args) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' };
  for (const name of Object.keys(env)) if (/^(VITEST|TEST_|NODE_ENV|JEST)/.test(name)) delete env[name];
  const result = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  if (result.error) throw result.error;
  return result.status;
}

describe('vitestCounts', () => {
  it('counts tests, and a file that does not load as one failure', () => {
    writeFileSync(
      join(folder, 'vitest.config.js'),
      'export default { test: { include: ["*.probe.js"], watch: false } };',
    );
    writeFileSync(
      join(folder, 'some.probe.js'),
      `import { it } from 'vitest'; it('a', () => {}); it('b', () => {}); it.skip('c', () => {}); it('d', () => { throw new Error('on purpose') });`,
    );
    writeFileSync(join(folder, 'broken.probe.js'), `import './not-there.js';`);
    const report = join(folder, 'report.json');
    expect(run('vitest/vitest.mjs', ['run', '--root', folder, '--reporter=json', `--outputFile=${report}`])).toBe(1);
    expect(vitestCounts(report)).toEqual({ passed: 2, failed: 2, skipped: 1 });
  });
});

describe('playwrightCounts', () => {
  it('counts tests, of which none needs a browser here', () => {
    const report = join(folder, 'report.json');
    writeFileSync(
      join(folder, 'playwright.config.js'),
      `export default { testDir: '.', testMatch: '*.probe.js', retries: 1, reporter: [['json', { outputFile: ${JSON.stringify(report)} }]] };`,
    );
    writeFileSync(
      join(folder, 'some.probe.js'),
      `import { test } from '@playwright/test';
       test('a', () => {}); test.skip('b', () => {}); test('c', () => { throw new Error('on purpose') });
       test('d', ({}, info) => { if (info.retry === 0) throw new Error('only at first') });`,
    );
    expect(run('@playwright/test/cli.js', ['test', '--config', join(folder, 'playwright.config.js')])).toBe(1);
    expect(playwrightCounts(report)).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });
});

describe('total', () => {
  it('adds up', () => {
    const counts = [
      { passed: 2, failed: 0, skipped: 1 },
      { passed: 3, failed: 0, skipped: 0 },
    ];
    expect(total(counts, true)).toEqual({ passed: 5, failed: 0, skipped: 1 });
  });

  it('never says that nothing failed where something did', () => {
    expect(total([], false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(total([{ passed: 2, failed: 3, skipped: 0 }], false)).toEqual({ passed: 2, failed: 3, skipped: 0 });
  });
});
