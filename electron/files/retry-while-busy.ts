import { AppError } from '../contract/errors.ts';

/** How long another program may hold a lock before we say so: Tart's copies of a disk hold the home's this long. */
const patienceMs = 60_000;

/**
 * Runs short work that waits for a lock on `folder`, with a signal that ends the wait.
 * @throws AppError `vm-locked` if the lock was not free for a minute
 */
export async function retryWhileBusy<T>(
  folder: string,
  work: (patience: AbortSignal) => Promise<T>,
  patience = AbortSignal.timeout(patienceMs),
): Promise<T> {
  try {
    return await work(patience);
  } catch (error) {
    if (!patience.aborted || error instanceof AppError) throw error;
    throw new AppError('vm-locked', `Another program has been working on ${folder} for a minute.`, {
      hint: 'Wait until it is done, then try again.',
      retry: true,
      cause: error,
    });
  }
}
