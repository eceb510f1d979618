/**
 * Kills Tatin at random moments of all that changes the disk: `npm run proof:kills -- --count 1000 --seed 1`, or only some
 * verbs with `--verb`. `--folder` is where the home is made. See `killRounds` for what must be true afterwards.
 */
import { parseArgs } from 'node:util';
import { findProgram } from '../../../electron/host/programs.ts';
import { killRounds, type KillReport } from './kill-rounds.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string' },
    verb: { type: 'string', multiple: true },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('proof:kills: --count and --seed are whole numbers.');
  process.exitCode = 64;
} else {
  const withRegistry = (await findProgram('docker-registry')) !== undefined;
  if (!withRegistry) console.log('Without pull, push and prune: there is no docker-registry here.');
  print(
    await killRounds({
      count,
      seed,
      withRegistry,
      verbs: values.verb,
      folder: values.folder,
      say: (line) => console.log(line),
    }),
  );
}

function print({ verbs, killed, findings }: KillReport): void {
  const row = (cells: readonly (string | number)[]): string =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(20) : String(cell).padStart(9))).join('');
  console.log(`\n${row(['verb', 'early', 'inside', 'ended', 'failed'])}`);
  for (const [name, { early, inside, ended, failed }] of verbs) console.log(row([name, early, inside, ended, failed]));
  console.log(`\n${killed} killed`);
  console.log(
    `${[...verbs.values()].reduce((sum, { early, inside, ended }) => sum + early + inside + ended, 0) - findings.length} passed, ${findings.length} failed`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
}
