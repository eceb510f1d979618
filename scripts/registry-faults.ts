/**
 * Pulls from a registry that misbehaves in every way that we know of: each pull must end in the right image or in an
 * error that a person understands, within 30 seconds and 400 MB, keep nothing that is wrong, and not be in the way of a
 * later pull. Needs docker-registry, skopeo and Python 3, as the tests do. Words choose faults by their names.
 */
import { FaultRun } from '../electron/registry/testing/fault-run.ts';
import { registryFaults } from '../electron/registry/testing/registry-faults.ts';

const words = process.argv.slice(2);
const chosen = registryFaults.filter(({ name }) => words.every((word) => name.includes(word)));
await using run = await FaultRun.start();
let failed = 0;
for (const fault of chosen) {
  const { name, outcome, message, problem } = await run.try(fault);
  if (problem !== undefined) failed++;
  console.log(
    `${problem === undefined ? 'passed' : 'FAILED'}  ${name.padEnd(60)} ${outcome.padEnd(22)} ${problem ?? message}`,
  );
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
