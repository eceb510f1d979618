import { lockVm } from './delete.ts';
import type { Home } from './home.ts';
import { withHomeLock } from '../files/locks.ts';
import { retryWhileBusy } from '../files/retry-while-busy.ts';
import { renameOrRefuse } from './staging.ts';

/**
 * Gives a VM's folder another name, in one step.
 * @throws AppError `vm-running`, `vm-exists`, `vm-locked` if another program holds the home's lock for long
 */
export async function renameVm(home: Home, name: string, newName: string): Promise<void> {
  const folder = home.vmFolder(name);
  const work = async () => {
    using _runLock = lockVm(folder, name, 'Shut it down, then rename it.');
    await renameOrRefuse(folder, home.vmFolder(newName));
  };
  await retryWhileBusy(home.path, (patience) => withHomeLock(home, work, patience));
}
