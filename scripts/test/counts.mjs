import { readFileSync } from 'node:fs';

/**
 * What a run of tests came to.
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

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
  };
}

/**
 * Reads Playwright's JSON report. A test that passed only when tried again passed; errors outside tests count as one.
 * @param {string} file
 * @returns {Counts}
 */
export function playwrightCounts(file) {
  const { stats, errors } = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + (errors.length > 0 ? 1 : 0),
    skipped: stats.skipped,
  };
}

/**
 * The sum of what ran. A stage that failed without a count, e.g. the linter, counts as one failure, so that the closing
 * line never says that nothing failed where something did.
 * @param {readonly Counts[]} counts
 * @param {boolean} ok
 * @returns {Counts}
 */
export function total(counts, ok) {
  const sum = counts.reduce(
    (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }),
    { passed: 0, failed: 0, skipped: 0 },
  );
  return ok ? sum : { ...sum, failed: Math.max(1, sum.failed) };
}
