/**
 * Feeds damaged and hostile inputs to every reader of what others wrote: `npm run fuzz`, or `npm run fuzz -- --target qcow2
 * --runs 100000 --seed 7`. A reader must accept or refuse in its documented way, within 30 s and 400 MB an input; where there
 * are two implementations, they must agree. `--list` names the targets; `--seconds` bounds each; inputs that are answered
 * wrongly go to the folder of `--findings`. `--sanitize` runs the native LZFSE decoder alone, built with the compiler's
 * sanitizers for addresses and undefined behaviour.
 */
import { parseArgs } from 'node:util';
import { sanitize } from './sanitize.ts';
import { targetNamed, targets } from './targets.ts';
import { fuzz } from './watch.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    findings: { type: 'string', default: 'test-results/fuzz' },
    list: { type: 'boolean', default: false },
    sanitize: { type: 'boolean', default: false },
  },
});

const [runs, seed] = [Number(values.runs), Number(values.seed)];
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || Number.isNaN(seconds)) {
  console.error('fuzz: --runs, --seed and --seconds are numbers.');
  process.exitCode = 64;
} else if (values.list) for (const { name } of targets) console.log(name);
else if (values.sanitize) process.exitCode = sanitize(runs, seed);
else process.exitCode = await fuzzAll();

async function fuzzAll(): Promise<number> {
  const chosen = values.target?.map(targetNamed) ?? targets;
  let failed = 0;
  console.log(row(['target', 'inputs', 'accepted', 'refused', 'slowest ms', 'peak MB', 'findings']));
  for (const target of chosen) {
    const found = await fuzz(target, { seed, runs, maxSeconds: seconds, findings: values.findings });
    const { accepted, refused, slowestMs, peakBytes, findings } = found;
    const counts = [accepted + refused, accepted, refused, Math.round(slowestMs), Math.round(peakBytes / 1e6)];
    console.log(row([target.name, ...counts.map(String), String(findings.length)]));
    for (const finding of findings) console.log(`  ${finding}`);
    if (findings.length > 0) failed++;
  }
  console.log(`\n${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(16) : cell.padStart(11))).join('');
}
