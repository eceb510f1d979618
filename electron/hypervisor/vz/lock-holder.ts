/**
 * The process that Tart takes for a running machine of the app's: one for each, as a process has either the lock of a file
 * or may read the file. It holds Tart's running lock on config.json (argv[2] is the VM's folder), turns Tart's signals
 * into requests to the app, which runs the machine, and ends with the app: when its standard input does.
 */
import '../../host/private-process.ts';
import { writeSync } from 'node:fs';
import { AppError } from '../../contract/errors.ts';
import { onSuspendSignal } from '../../files/posix.ts';
import { printConfig } from '../../library/config.ts';
import { claimVm } from '../shared/claim.ts';
import { type HolderLine, type RequestedVerb, holderDescriptor } from './lock-holder-wire.ts';

function tell(line: HolderLine): void {
  try {
    writeSync(holderDescriptor, `${JSON.stringify(line)}\n`);
  } catch (error) {
    // The app has gone, and the end of standard input says so too.
  }
}

/** Before the machine runs, each of them only calls the start off. */
function obeySignals(): void {
  const meanings: readonly (readonly [NodeJS.Signals, RequestedVerb])[] = [
    ['SIGINT', 'forceStop'],
    ['SIGUSR2', 'shutDown'],
    ['SIGTERM', 'shutDown'],
  ];
  for (const [signal, asked] of meanings) process.on(signal, () => tell({ asked }));
  onSuspendSignal(() => tell({ asked: 'suspend' }));
  process.on('SIGHUP', () => undefined);
}

const abandoned = new AbortController();
process.stdin.resume();
process.stdin.on('close', () => {
  abandoned.abort(new AppError('cancelled', 'The start was cancelled.'));
  // The lock goes with the process.
  process.exit(0);
});

obeySignals();
const [, , folder = ''] = process.argv;
try {
  const { config } = await claimVm(folder, () => Promise.resolve(), abandoned.signal);
  tell({ locked: true, config: printConfig(config) });
} catch (error) {
  tell({ error: AppError.from(error).toInfo() });
  process.exit(1);
}
