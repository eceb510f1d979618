/**
 * Sets up what is missing, tests included, then runs every check, stopping at the first that fails. The last line says
 * how many tests passed and failed; the exit code says the same.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runAttached } from './setup/run.mjs';
import { projectRoot, setUp } from './setup.mjs';
import { playwrightCounts, total, vitestCounts } from './test/counts.mjs';

const bin = join(projectRoot, 'node_modules/.bin');
const results = join(projectRoot, 'test-results');
const vitestReport = join(results, 'vitest.json');
const playwrightReport = join(results, 'e2e.json');

const sourceFolders = ['electron', 'renderer', 'scripts', 'bench', 'e2e'].filter((name) =>
  existsSync(join(projectRoot, name)),
);

/**
 * @typedef {object} Stage
 * @property {string} title
 * @property {string[][]} commands
 * @property {() => import('./test/counts.mjs').Counts} [counts] reads what the commands left
 */

/** @type {Stage[]} */
const stages = [
  {
    title: 'Lint',
    commands: [
      ['eslint', '.'],
      ['prettier', '--check', '--log-level=warn', '.'],
    ],
  },
  {
    title: 'Types',
    commands: [
      ['tsc', '--noEmit'],
      ['tsc', '--noEmit', '--project', 'renderer'],
      ['tsc', '--noEmit', '--project', 'electron/transport/both-ends'],
    ],
  },
  {
    title: 'Import rules',
    commands: [
      ['depcruise', '--config', '.dependency-cruiser.mjs', ...sourceFolders],
      ['depcruise', '--config', '.dependency-cruiser.folders.mjs', 'electron', 'renderer'],
    ],
  },
  {
    title: 'Unit and contract tests',
    commands: [['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]],
    counts: () => vitestCounts(vitestReport),
  },
  {
    title: 'End-to-end tests',
    commands: [['playwright', 'test', '--config', 'e2e/playwright.config.ts']],
    counts: () => playwrightCounts(playwrightReport),
  },
];

/**
 * Runs one stage to its end.
 * @param {Stage} stage
 */
async function runStage({ title, commands, counts }) {
  console.log(`\n== ${title} ==\n`);
  const since = Date.now();
  // The tools are scripts that ask for "node": the one of node_modules comes first, also where npm did not start this.
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  let code = 0;
  for (const [program = '', ...args] of commands) {
    code = await runAttached([join(bin, program), ...args], { cwd: projectRoot, env });
    if (code !== 0) break;
  }
  console.log(
    `\n${title}: ${code === 0 ? 'good' : `failed (exit code ${code})`}, ${Math.round((Date.now() - since) / 1000)} s`,
  );
  /** @type {import('./test/counts.mjs').Counts | undefined} */
  let found;
  try {
    found = counts?.();
  } catch {
    // A tool that died left no report.
    code ||= 1;
  }
  return { ok: code === 0, counts: found ?? { passed: 0, failed: 0, skipped: 0 } };
}

async function runAll() {
  if (!(await setUp({ tests: true }))) return { ok: false, counts: [] };
  for (const report of [vitestReport, playwrightReport]) rmSync(report, { force: true });
  mkdirSync(results, { recursive: true });
  const counts = [];
  for (const stage of stages) {
    const result = await runStage(stage);
    counts.push(result.counts);
    if (!result.ok) return { ok: false, counts };
  }
  return { ok: true, counts };
}

const { ok, counts } = await runAll();
const sum = total(counts, ok);
process.exitCode = ok && sum.failed === 0 ? 0 : 1;
if (sum.skipped > 0) console.log(`${sum.skipped} skipped`);
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
