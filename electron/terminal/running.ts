import { AppError } from '../contract/errors.ts';

/** Tart's words. */
function notRunning(name: string): AppError {
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
