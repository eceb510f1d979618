import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { tartFiles } from '../library/layout.ts';
import { runLockPid } from '../files/locks.ts';

const pollMs = 100;

/** Tart's words. */
export function notRunning(name: string): AppError {
  return new AppError('vm-not-running', `VM "${name}" is not running`);
}

/** Tart's words. */
export function alreadyRunning(name: string): AppError {
  return new AppError('vm-running', `VM "${name}" is already running!`);
}

/** Runs what is asked of one VM, and says in Tart's words that it does not run. @throws AppError */
export async function inTartsWords<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'vm-not-running') throw notRunning(name);
    throw error;
  }
}

/** Path of the file whose lock says who runs a VM. */
export function configPath(folder: string): string {
  return path.join(folder, tartFiles.config);
}

/**
 * Waits until nobody runs the VM any more, or until another program does that was not asked to end; false if that takes
 * longer. @throws the signal's reason
 */
export async function waitForEnd(
  folder: string,
  pid: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (runLockPid(configPath(folder)) === pid) {
    if (performance.now() >= endMs) return false;
    await delay(Math.min(pollMs, Math.max(endMs - performance.now(), 1)), undefined, { signal });
  }
  return true;
}
