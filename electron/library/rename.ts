import { AppError } from '../contract/errors.ts';
import { lockVm } from './delete.ts';
import type { Home } from './home.ts';
import { withHomeLock } from './locks.ts';
import { renameOrRefuse } from './staging.ts';

/** How long another program may hold the home's lock before we say so: Tart's copies of a disk take this long. */
const patienceMs = 60_000;

/**
 * Gives a VM's folder another name, in one step.
 * @throws AppError `vm-running`, `vm-exists`, `vm-locked` if another program holds the home's lock for long
 */
export async function renameVm(home: Home, name: string, newName: string): Promise<void> {
  const folder = home.vmFolder(name);
  const patience = AbortSignal.timeout(patienceMs);
  try {
    await withHomeLock(
      home,
      async () => {
        using _runLock = lockVm(folder, name, 'Shut it down, then rename it.');
        await renameOrRefuse(folder, home.vmFolder(newName));
      },
      patience,
    );
  } catch (error) {
    if (!patience.aborted || error instanceof AppError) throw error;
    throw new AppError('vm-locked', `Another program has been working on ${home.path} for a minute.`, {
      hint: 'Wait until it is done, then try again.',
      retry: true,
      cause: error,
    });
  }
}
