import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import { runLockPid } from '../../files/locks.ts';

/** How long a program may take to end a guest after it was told to, in milliseconds. Tart's `stop` waits 30 seconds. */
const graceMs = 30_000;
/** A guest with much memory on a slow disk. */
const suspendMs = 10 * 60_000;
const pollMs = 100;

/**
 * Asks the program that holds a VM's running lock for something, with the signals that Tart's `run` answers: SIGUSR2
 * asks the guest to shut down, SIGUSR1 suspends, SIGINT turns it off.
 * @throws AppError `vm-not-running`, `not-allowed` if it belongs to another user
 */
export function signalOwner(configPath: string, signal: 'SIGUSR1' | 'SIGUSR2' | 'SIGINT' | 'SIGKILL'): number {
  const pid = runLockPid(configPath);
  if (pid === undefined) throw new AppError('vm-not-running', 'The machine does not run.');
  if (pid <= 0)
    throw new AppError('not-allowed', 'The program that runs this machine can’t be seen from here.', {
      hint: 'It may run in a container, or on another computer that shares this folder.',
    });
  try {
    process.kill(pid, signal);
  } catch (error) {
    throw new AppError('not-allowed', `Process ${pid}, which runs this machine, can’t be reached.`, {
      hint: 'It may belong to another user.',
      cause: error,
    });
  }
  return pid;
}

/**
 * Turns a machine off that another program runs: SIGINT, and SIGKILL if that does nothing. Resolves when the lock is
 * free. @throws AppError as {@link signalOwner}, `timeout`
 */
export async function turnOffElsewhere(configPath: string, signal: AbortSignal): Promise<void> {
  signalOwner(configPath, 'SIGINT');
  if (await becomesFree(configPath, signal, graceMs)) return;
  const pid = signalOwner(configPath, 'SIGKILL');
  if (await becomesFree(configPath, signal, graceMs)) return;
  throw new AppError('timeout', `Process ${pid}, which runs this machine, does not end.`, {
    hint: 'It may wait for a disk or a network that does not answer.',
    retry: true,
  });
}

/**
 * Suspends a machine that another program runs, with Tart's own signal for it. Resolves when its process has ended.
 * @throws AppError as {@link signalOwner}, `suspend-failed` if it still runs after ten minutes
 */
export async function suspendElsewhere(configPath: string, signal: AbortSignal): Promise<void> {
  const pid = signalOwner(configPath, 'SIGUSR1');
  if (!(await becomesFree(configPath, signal, suspendMs))) throw notSuspended(pid);
}

/** The program has ended, or goes on, without having saved the state. */
export function notSuspended(pid: number): AppError {
  return new AppError('suspend-failed', `Process ${pid}, which runs this machine, has not saved its state.`, {
    hint: 'Tart suspends only macOS guests that it started with --suspendable.',
  });
}

/**
 * Waits until nobody runs a machine any more, or until another process does than the one that was asked to end; false if
 * that takes longer. @throws the signal's reason
 */
export async function becomesFree(configPath: string, signal: AbortSignal, limitMs: number): Promise<boolean> {
  const pid = runLockPid(configPath);
  for (const endMs = performance.now() + limitMs; ;) {
    const now = runLockPid(configPath);
    if (now === undefined || now !== pid) return true;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return false;
    await delay(Math.min(pollMs, leftMs), undefined, { signal });
  }
}
