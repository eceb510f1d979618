/**
 * npm run native:check. Shows that native/vz agrees with the declared API of Virtualization.framework: compiles all of it
 * for both processors with every warning an error and newer APIs guarded, runs clang's static analyzer, audits symbols
 * and the queue rule. Says that it was skipped, and why, where it can't be done. It proves nothing about running.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint, readStamp, writeStamp } from './build/fingerprint.mjs';
import { analyze, compile, precompile } from './native-check/compile.mjs';
import { queueProblems } from './native-check/queue-rule.mjs';
import { auditSymbols, introductions } from './native-check/symbols.mjs';
import { findToolchain } from './native-check/toolchain.mjs';

const projectRoot = join(import.meta.dirname, '..');

/**
 * @typedef {{ skipped: string } | { problems: string[], files: number, by: string }} Outcome
 */

/**
 * @param {object} [options]
 * @param {string} [options.root]
 * @param {string} [options.sources] the folder to check
 * @param {string} [options.folder] for what is made on the way
 * @param {boolean} [options.again] checks what was found good before, too
 * @param {(line: string) => void} [options.say]
 * @returns {Promise<Outcome>}
 */
export async function checkNative({
  root = projectRoot,
  sources = join(root, 'native/vz'),
  folder = join(root, '.cache/native-check/objects'),
  again = false,
  say = () => undefined,
} = {}) {
  const toolchain = await findToolchain(root, say);
  if ('missing' in toolchain) return { skipped: toolchain.missing };
  const names = readdirSync(sources).filter((name) => name.endsWith('.mm'));
  const by = toolchain.name;
  const stamp = join(folder, '.good');
  const wanted = [
    fingerprint(sources, ['.'], [by]),
    fingerprint(root, ['scripts/native-check', 'scripts/native-check.mjs', 'package-lock.json']),
    ...toolchain.frameworkHeaders.map((headers) => fingerprint(headers, ['.'])),
  ].join(' ');
  if (!again && readStamp(stamp) === wanted) return { problems: [], files: names.length, by };
  const problems = await checkAll(
    toolchain,
    names.map((name) => join(sources, name)),
    folder,
  );
  if (problems.length === 0) writeStamp(stamp, wanted);
  return { problems, files: names.length, by };
}

/**
 * @param {import('./native-check/toolchain.mjs').Toolchain} toolchain
 * @param {string[]} files
 * @param {string} folder
 */
async function checkAll(toolchain, files, folder) {
  const since = introductions(toolchain.frameworkHeaders);
  // Making it costs as much as it saves on a few files.
  const prefix = join(import.meta.dirname, 'native-check/prefix.h');
  const isWorthIt = files.length > 4;
  const fast = {
    arm64: isWorthIt ? await precompile(toolchain, 'arm64', prefix, folder) : [],
    x86_64: isWorthIt ? await precompile(toolchain, 'x86_64', prefix, folder) : [],
  };
  const rule = files.flatMap((file) => queueProblems(basename(file), readFileSync(file, 'utf8')));
  const works = files.flatMap((file) => [
    () => checkOne(toolchain, 'x86_64', file, folder, since, fast.x86_64),
    () => checkOne(toolchain, 'arm64', file, folder, since, fast.arm64),
    async () => {
      const found = await analyze(toolchain, file, folder, fast.arm64);
      return found === undefined ? [] : [found];
    },
  ]);
  return [...rule, ...(await twoAtATime(works)).flat()];
}

/**
 * @param {import('./native-check/toolchain.mjs').Toolchain} toolchain
 * @param {import('./native-check/toolchain.mjs').Architecture} architecture
 * @param {string} file
 * @param {string} folder
 * @param {Map<string, number>} since
 * @param {string[]} flags
 */
async function checkOne(toolchain, architecture, file, folder, since, flags) {
  const { object, problem } = await compile(toolchain, architecture, file, folder, flags);
  if (problem !== undefined) return [`${basename(file)} for ${architecture}:\n${problem}`];
  return auditSymbols(readFileSync(object), architecture, since).map((what) => `${basename(file)}: ${what}`);
}

/**
 * As many at once as the slowest machines have processors.
 * @template T
 * @param {(() => Promise<T>)[]} works
 * @returns {Promise<T[]>}
 */
async function twoAtATime(works) {
  /** @type {T[]} */
  const results = [];
  const rest = works.entries();
  const worker = async () => {
    for (const [index, work] of rest) results[index] = await work();
  };
  await Promise.all([worker(), worker()]);
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcome = await checkNative({ again: process.argv.includes('--again'), say: console.log });
  if ('skipped' in outcome) {
    console.log(`Native check: skipped, because ${outcome.skipped}.`);
  } else {
    for (const problem of outcome.problems) console.error(`${problem}\n`);
    const verdict = outcome.problems.length === 0 ? 'good' : `${outcome.problems.length} problems`;
    console.log(`Native check: ${verdict}. ${outcome.files} files against ${outcome.by}.`);
    if (outcome.problems.length > 0) process.exitCode = 1;
  }
}
