/**
 * Sets up what is missing, tests included, then runs the checks: all but the slow kinds, or with `--all` those too, or
 * with `--only=unit,e2e` some stages, or only the test files whose paths are given. The last line says how many tests
 * passed and failed; the exit code says the same.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot, setUp } from './setup.mjs';
import { total } from './test/counts.mjs';
import { runLanes } from './test/lanes.mjs';
import { lanesOf, stageNames } from './test/stages.mjs';

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false }, only: { type: 'string' } },
  allowPositionals: true,
});
const only = values.only?.split(',');
const unknown = only?.filter((name) => !stageNames.includes(name)) ?? [];

if (unknown.length > 0) {
  console.error(`test: there is no stage ${unknown.join(', ')}. The stages are ${stageNames.join(', ')}.`);
  process.exitCode = 2;
} else {
  const results = join(projectRoot, 'test-results');
  const { ok, counts } = (await setUp({ tests: true })) ? await run(results) : { ok: false, counts: [] };
  const sum = total(counts, ok);
  process.exitCode = ok && sum.failed === 0 ? 0 : 1;
  if (sum.slow.length > 0) console.log('\nTests that took more than 10 seconds:');
  for (const { name, seconds } of sum.slow) console.log(`${seconds.toFixed(0).padStart(5)} s  ${name}`);
  if (sum.skipped > 0) console.log(`\n${sum.skipped} skipped`);
  console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
}

/** @param {string} results where reports go */
async function run(results) {
  mkdirSync(results, { recursive: true });
  const lanes = lanesOf({ root: projectRoot, results, all: values.all, only, paths: positionals });
  for (const { report } of lanes.flat()) if (report !== undefined) rmSync(report.file, { force: true });
  return runLanes(lanes, projectRoot);
}
