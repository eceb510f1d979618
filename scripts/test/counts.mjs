import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * What a run of tests came to; `slow` are those that took more than {@link slowSeconds}.
 * @typedef {{ passed: number, failed: number, skipped: number, slow: { name: string, seconds: number }[] }} Counts
 */

/** A test that takes longer is named, so that it gets faster or joins the slow kinds. */
const slowSeconds = 10;

/**
 * Reads vitest's JSON report. A file that could not even be loaded has no failed test, so it counts as one.
 * @param {string} file
 * @returns {Counts}
 */
export function vitestCounts(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const failedFiles = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ result) =>
      result.status === 'failed' && !result.assertionResults.some(({ status }) => status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + failedFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
    slow: report.testResults.flatMap(
      (/** @type {{ name: string, assertionResults: { fullName: string, duration?: number }[] }} */ result) =>
        result.assertionResults
          .map(({ fullName, duration = 0 }) => ({
            name: `${basename(result.name)}: ${fullName}`,
            seconds: duration / 1000,
          }))
          .filter(isSlow),
    ),
  };
}

/**
 * Reads Playwright's JSON report. A test that passed only when tried again passed; errors outside tests count as one.
 * @param {string} file
 * @returns {Counts}
 */
export function playwrightCounts(file) {
  const { stats, errors, suites } = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + (errors.length > 0 ? 1 : 0),
    skipped: stats.skipped,
    slow: specsOf(suites)
      .map(({ file, title, tests }) => ({
        name: `${file}: ${title}`,
        seconds: tests.flatMap(({ results }) => results).reduce((sum, { duration }) => sum + duration / 1000, 0),
      }))
      .filter(isSlow),
  };
}

/**
 * @typedef {{ file: string, title: string, tests: { results: { duration: number }[] }[] }} Spec
 * @typedef {{ specs?: Spec[], suites?: Suite[] }} Suite
 * @param {readonly Suite[]} suites
 * @returns {Spec[]}
 */
function specsOf(suites) {
  return suites.flatMap(({ specs = [], suites: inner = [] }) => [...specs, ...specsOf(inner)]);
}

/** @param {{ seconds: number }} test */
function isSlow({ seconds }) {
  return seconds > slowSeconds;
}

/**
 * The sum of what ran, slowest tests first. A stage that failed without a count, e.g. the linter, counts as one failure, so that the closing
 * line never says that nothing failed where something did.
 * @param {readonly Counts[]} counts
 * @param {boolean} ok
 * @returns {Counts}
 */
export function total(counts, ok) {
  const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) => counts.reduce((all, one) => all + one[key], 0);
  const failed = ok ? sum('failed') : Math.max(1, sum('failed'));
  const slow = counts.flatMap((one) => one.slow).sort((a, b) => b.seconds - a.seconds);
  return { passed: sum('passed'), failed, skipped: sum('skipped'), slow };
}
