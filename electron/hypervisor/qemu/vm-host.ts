/**
 * The process behind a running machine: one for each, apart from the app, so that guests outlive it. It holds the VM's
 * lock, owns QEMU, and answers Tart's signals. Started by {@link QemuDriver} with a request on its standard input; says
 * on descriptor 3 whether the guest runs.
 */
import '../../host/private-process.ts';
import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { AppError } from '../../contract/errors.ts';
import { onSuspendSignal } from '../../files/posix.ts';
import { surviveUncaughtErrors } from '../../host/uncaught-errors.ts';
import type { MachineLife } from '../shared/machine-life.ts';
import { runMachine } from './host/run.ts';
import { type Report, hostRequestSchema } from './wire.ts';

const reportDescriptor = 3;
/** A guest that is asked to shut down because the computer does, gets this long; systems give some 90 s in all. */
const politeLimitMs = 30_000;

function report(what: Report): void {
  try {
    writeSync(reportDescriptor, `${JSON.stringify(what)}\n`);
  } catch (error) {
    // Who started the machine has gone; the guest runs all the same.
  }
}

/** Signals mean what they mean to Tart's `run`. Before the guest runs, those that end it call the start off. */
function obeySignals(): { starting: AbortSignal; lead: (machine: MachineLife) => void } {
  const starting = new AbortController();
  let machine: MachineLife | undefined;
  const ask = (what: string, work: (machine: MachineLife) => Promise<void>) => {
    if (machine === undefined) return;
    const asked = machine;
    work(asked).catch((error: unknown) => asked.warn(`${what} did not work: ${AppError.from(error).message}`));
  };
  const powerOff = () => {
    starting.abort(new AppError('cancelled', 'The start was cancelled.'));
    ask('Turning off', (running) => running.forceStop());
  };
  process.on('SIGINT', powerOff);
  onSuspendSignal(() => ask('Suspending', (running) => running.suspend()));
  process.on('SIGUSR2', () => ask('Shutting down', (running) => running.shutDown()));
  process.on('SIGTERM', () => {
    if (machine === undefined) powerOff();
    ask('Shutting down', (running) => running.shutDown());
    setTimeout(powerOff, politeLimitMs).unref();
  });
  process.on('SIGHUP', () => undefined);
  return { starting: starting.signal, lead: (running) => (machine = running) };
}

/** An error before the guest runs ends the start. Later it must not end the guest: it goes to `host.log` and to the user. */
function guardGuest(): { lead: (machine: MachineLife) => void } {
  let machine: MachineLife | undefined;
  surviveUncaughtErrors((error) => {
    console.error(new Date().toISOString(), 'An error that nothing caught:', error);
    if (machine === undefined) fail(error);
    machine.warn(
      'The process of this machine met an error and keeps running. If the machine behaves oddly, restart it.',
    );
  });
  return { lead: (running) => (machine = running) };
}

/** Says why the guest does not run, and ends; QEMU ends with its host. */
function fail(error: unknown): never {
  const known = AppError.from(error);
  console.error(known.message, known.details ?? '');
  report({ error: known.toInfo() });
  process.exit(known.code === 'cancelled' ? 0 : 1);
}

const guard = guardGuest();
const signals = obeySignals();
try {
  const request = hostRequestSchema.parse(JSON.parse(await text(process.stdin)));
  const last = await runMachine(request, {
    signal: signals.starting,
    running: (machine) => {
      signals.lead(machine);
      guard.lead(machine);
      report({ running: true });
    },
  });
  process.exit(last.phase === 'failed' ? 1 : 0);
} catch (error) {
  fail(error);
}
