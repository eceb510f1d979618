/**
 * Kills commands of Tatin at random moments, 200 times if not told otherwise, and makes sure that nothing half-made is
 * ever left where it shows: `npm run kill-test -- [rounds] [seed]`. The test suite does a few rounds of the same.
 */
import { killTransfers } from '../electron/images/testing/kill-transfers.ts';
import { killRounds } from '../electron/terminal/testing/kill-rounds.ts';

const rounds = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isSafeInteger(rounds) || rounds < 1 || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run kill-test -- [rounds] [seed]');
  process.exit(64);
}
console.log(`${rounds} rounds with seed ${seed}`);
const killed = await killRounds({ rounds, seed, layers: 3, say: (line) => console.log(line) });
const cut = await killTransfers({ rounds, seed, say: (line) => console.log(line) });
console.log(`${cut} of ${rounds} exports and imports were killed in the middle.`);
console.log(`All whole. ${killed} of ${rounds} commands were killed, the others ended first.`);
