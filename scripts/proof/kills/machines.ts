/**
 * Kills the parts of machines that start, run and are saved: `npm run proof:machine-kills -- --count 40 --seed 1`. Needs
 * QEMU; the guests are empty, so that only its firmware runs.
 */
import { parseArgs } from 'node:util';
import { findProgram } from '../../../electron/host/programs.ts';
import { killMachines } from './machine-kills.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '40' }, seed: { type: 'string', default: '1' } },
});

if ((await findProgram('qemu-system-x86_64')) === undefined) console.log('Skipped: there is no QEMU here.');
else {
  const options = { count: Number(values.count), seed: Number(values.seed), say: (line: string) => console.log(line) };
  const { kills, passed, findings } = await killMachines(options);
  console.log();
  for (const [key, count] of [...kills].sort()) console.log(`${key.padEnd(32)}${String(count).padStart(6)}`);
  console.log(`\n${passed} passed, ${findings.length} failed`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
