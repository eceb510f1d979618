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
    expect(vitestCounts(report)).toEqual({ passed: 2, failed: 2, skipped: 1, slow: [] });
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
    expect(playwrightCounts(report)).toEqual({ passed: 2, failed: 1, skipped: 1, slow: [] });
  });
});

describe('tests that take long', () => {
  it('are named', () => {
    const vitest = join(folder, 'vitest.json');
    const tests = [
      { fullName: 'a guest boots', status: 'passed', duration: 12_500 },
      { fullName: 'adds up', status: 'passed', duration: 3 },
      { fullName: 'not here', status: 'skipped' },
    ];
    const testResults = [{ name: join(folder, 'some.test.ts'), status: 'passed', assertionResults: tests }];
    writeFileSync(
      vitest,
      JSON.stringify({ numPassedTests: 2, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults }),
    );
    expect(vitestCounts(vitest).slow).toEqual([{ name: 'some.test.ts: a guest boots', seconds: 12.5 }]);

    const playwright = join(folder, 'e2e.json');
    const spec = (/** @type {string} */ title, /** @type {number[]} */ ...durations) => ({
      ...{ file: 'some.e2e.ts', title },
      tests: [{ results: durations.map((duration) => ({ duration })) }],
    });
    const suites = [{ specs: [spec('quick', 9_000)], suites: [{ specs: [spec('tried twice', 9_000, 8_000)] }] }];
    writeFileSync(
      playwright,
      JSON.stringify({ stats: { expected: 2, flaky: 0, unexpected: 0, skipped: 0 }, errors: [], suites }),
    );
    expect(playwrightCounts(playwright).slow).toEqual([{ name: 'some.e2e.ts: tried twice', seconds: 17 }]);
  });
});

describe('total', () => {
  const none = { passed: 0, failed: 0, skipped: 0, slow: [] };

  it('adds up, and names the slowest first', () => {
    const [one, other] = [
      { name: 'one', seconds: 11 },
      { name: 'other', seconds: 30 },
    ];
    const counts = [
      { ...none, passed: 2, skipped: 1, slow: [one] },
      { ...none, passed: 3, slow: [other] },
    ];
    expect(total(counts, true)).toEqual({ passed: 5, failed: 0, skipped: 1, slow: [other, one] });
  });

  it('never says that nothing failed where something did', () => {
    expect(total([], false)).toEqual({ ...none, failed: 1 });
    expect(total([{ ...none, passed: 2, failed: 3 }], false)).toEqual({ ...none, passed: 2, failed: 3 });
  });
});
