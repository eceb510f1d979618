/**
 * Counts what becomes of a home in which several programs work at once: `npm run proof:interleavings -- --count 10000
 * --seed 1`. The seed decides what they are told; how they meet is the system's choice, so a run is not repeated exactly.
 * `--folder` is where the home is made (/dev/shm is faster than a disk).
 */
import { parseArgs } from 'node:util';
import { findProgram } from '../../../electron/host/programs.ts';
import { withMarkedImage } from './marked-image.ts';
import { interleave, type InterleavingReport } from './interleave.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string' },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('proof:interleavings: --count and --seed are whole numbers.');
  process.exitCode = 64;
} else {
  const options = { count, seed, folder: values.folder, say: (line: string) => console.log(line) };
  const hasRegistry = (await findProgram('docker-registry')) !== undefined;
  if (!hasRegistry) console.log('Without images: there is no docker-registry here.');
  const report = hasRegistry
    ? await withMarkedImage((image) => interleave({ ...options, image }))
    : await interleave(options);
  print(report, count);
}

function print({ verbs, passed, findings }: InterleavingReport, count: number): void {
  console.log(`\n${'program and verb'.padEnd(28)}${'done'.padStart(8)}${'refused'.padStart(9)}`);
  for (const [key, { done, refused }] of [...verbs].sort())
    console.log(`${key.padEnd(28)}${String(done).padStart(8)}${String(refused).padStart(9)}`);
  const missing = count - passed - findings.length;
  if (missing > 0) console.log(`${missing} were not tried after a program hung.`);
  console.log(`\n${passed} passed, ${findings.length} failed`);
  process.exitCode = findings.length === 0 && missing === 0 ? 0 : 1;
}
