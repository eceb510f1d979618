/**
 * Another user of the computer tries to read the owner's machines, for each umask that the owner's shell may have:
 * `npm run proof:neighbour`. Needs the superuser, who alone can become somebody else. `--no-guest` leaves out a machine that
 * runs, which takes QEMU.
 */
import { parseArgs } from 'node:util';
import { findProgram } from '../../../electron/host/programs.ts';
import { tryNeighbour } from './neighbour-run.ts';

const { values } = parseArgs({
  options: { 'no-guest': { type: 'boolean', default: false }, folder: { type: 'string' } },
});

if (process.getuid?.() !== 0) console.log('Skipped: only the superuser can become another user.');
else {
  const withGuest = !values['no-guest'] && (await findProgram('qemu-system-x86_64')) !== undefined;
  if (!withGuest) console.log('Without a machine that runs: there is no QEMU here, or it was not wanted.');
  let [passed, failed] = [0, 0];
  for (const umask of ['000', '022', '077']) {
    const { tried, findings } = await tryNeighbour({ umask, withGuest, folder: values.folder });
    console.log(`umask ${umask}: ${tried} files, folders and sockets tried, ${findings.length} findings`);
    for (const finding of findings) console.log(`  ${finding}`);
    passed += Math.max(0, tried - findings.length);
    failed += findings.length;
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
