import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { playwrightCounts, vitestCounts } from './counts.mjs';

/**
 * A part of the checks.
 * @typedef {object} Stage
 * @property {string} title
 * @property {string[][]} commands programs of node_modules/.bin with their arguments, one after the other
 * @property {{ file: string, read: (file: string) => import('./counts.mjs').Counts }} [report] what the commands leave
 */

export const stageNames = ['static', 'unit', 'guests', 'e2e', 'proofs'];

/**
 * The stages of a run in lanes: the stages of a lane run one after the other, the lanes at the same time. Unit tests take
 * about as long as all others together, and those wait for guests and browsers half of their time.
 * @param {object} what
 * @param {string} what.root the checkout
 * @param {string} what.results where reports go
 * @param {boolean} what.all with the slow kinds
 * @param {readonly string[] | undefined} what.only the stages to run; all if undefined
 * @param {readonly string[]} what.paths run only these test files or folders, relative to the working folder
 * @returns {Stage[][]}
 */
export function lanesOf({ root, results, all, only, paths }) {
  if (paths.length > 0) return [ofPaths(root, results, paths)];
  const stages = {
    static: staticChecks(root),
    unit: vitest('Unit and contract tests', results, 'unit', [
      '--project=pure',
      '--project=pages',
      '--project=processes',
    ]),
    guests: vitest('Tests with guests', results, 'guests', ['--project=guests', ...(all ? ['--project=slow'] : [])]),
    e2e: playwright(results, []),
    proofs: proofs(),
  };
  /** @type {(keyof typeof stages)[][]} */
  const lanes = [['unit'], ['static', 'guests', 'e2e', ...(all ? /** @type {const} */ (['proofs']) : [])]];
  const wanted = lanes.map((lane) => lane.filter((name) => only?.includes(name) ?? true).map((name) => stages[name]));
  return wanted.filter((lane) => lane.length > 0);
}

/** @param {string} root @param {string} results @param {readonly string[]} paths @returns {Stage[]} */
function ofPaths(root, results, paths) {
  const files = paths.map((path) => {
    const inside = relative(root, resolve(path));
    return isAbsolute(inside) || inside.startsWith('..') ? path : inside;
  });
  const isBrowsers = (/** @type {string} */ file) => file === 'e2e' || file.startsWith(`e2e${sep}`);
  const [browsers, others] = [files.filter(isBrowsers), files.filter((file) => !isBrowsers(file))];
  return [
    ...(others.length > 0 ? [vitest('Tests', results, 'unit', others)] : []),
    ...(browsers.length > 0 ? [playwright(results, browsers)] : []),
  ];
}

/**
 * What ESLint and Prettier found is kept by the content of files, but ESLint's rules with types may judge a file by what
 * others export. So a cache is good for one set of packages and settings, a fresh checkout has none and checks all of it,
 * and so does `CI`.
 * @param {string} root
 * @returns {Stage}
 */
function staticChecks(root) {
  const caches = join(
    '.cache/checks',
    fingerprintOf(root, ['package-lock.json', 'eslint.config.mjs', 'tsconfig.json']),
  );
  const cached = (/** @type {string} */ name) =>
    process.env.CI ? [] : ['--cache', '--cache-strategy=content', `--cache-location=${join(caches, name)}`];
  const tsc = (/** @type {string} */ name, /** @type {string[]} */ ...project) => [
    ...['tsc', '--noEmit', '--incremental', `--tsBuildInfoFile`, join(root, caches, `${name}.tsbuildinfo`)],
    ...project,
  ];
  const folders = ['electron', 'renderer', 'scripts', 'bench', 'e2e'].filter((name) => existsSync(join(root, name)));
  return {
    title: 'Lint, types and import rules',
    commands: [
      ['eslint', ...cached('eslint'), '.'],
      ['prettier', '--check', '--log-level=warn', ...cached('prettier'), '.'],
      tsc('main'),
      tsc('renderer', '--project', 'renderer'),
      tsc('both-ends', '--project', 'electron/transport/both-ends'),
      ['depcruise', '--config', '.dependency-cruiser.mjs', ...folders],
      ['depcruise', '--config', '.dependency-cruiser.folders.mjs', 'electron', 'renderer'],
      ['knip', '--no-progress'],
    ],
  };
}

/** @param {string} root @param {readonly string[]} files */
function fingerprintOf(root, files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file))).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} title @param {string} results @param {string} name @param {string[]} args @returns {Stage} */
function vitest(title, results, name, args) {
  const file = join(results, `${name}.json`);
  return {
    title,
    commands: [['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args]],
    report: { file, read: vitestCounts },
  };
}

/** @param {string} results @param {string[]} files @returns {Stage} */
function playwright(results, files) {
  return {
    title: 'End-to-end tests',
    commands: [['playwright', 'test', '--config', 'e2e/playwright.config.ts', ...files]],
    // The settings say so.
    report: { file: join(results, 'e2e.json'), read: playwrightCounts },
  };
}

/**
 * What other stages do in a short form, at length. The seed changes; the command that fails is printed with it.
 * @returns {Stage}
 */
function proofs() {
  const seed = String(Date.now() % 2 ** 31);
  const script = (/** @type {string} */ file, /** @type {string[]} */ ...args) => [
    ...['node', '--disable-warning=ExperimentalWarning', `scripts/${file}`],
    ...args,
  ];
  return {
    title: 'Proofs at length',
    commands: [
      script('proof/kills/main.ts', '--count', '300', '--seed', seed),
      script('proof/kills/machines.ts', '--count', '40', '--seed', seed),
      script('proof/interleavings/main.ts', '--count', '3000', '--seed', seed),
      script('registry-faults.ts'),
      script('proof/hostile/main.ts'),
      script('proof/neighbour/main.ts'),
      script('proof/fuzz/fuzz.ts', '--seconds', '15', '--seed', seed),
    ],
  };
}
