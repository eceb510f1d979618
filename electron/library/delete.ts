import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { deleteAtomically } from './delete-atomically.ts';
import { hasCode } from '../files/error-codes.ts';
import type { Home } from './home.ts';
import { tartFiles } from './layout.ts';
import { FolderLock, RunLock, runLockPid } from '../files/locks.ts';
import { moveToTrash } from './trash.ts';

/**
 * Holds a VM's running lock, so that nobody starts, renames or deletes it meanwhile; a folder without a config.json has
 * none and needs none.
 * @throws AppError `vm-running`
 */
export function lockVm(folder: string, name: string, instead: string): Disposable {
  const configPath = path.join(folder, tartFiles.config);
  try {
    const lock = RunLock.tryAcquire(configPath, 'work');
    if (lock !== undefined) return lock;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR', 'ELOOP')) return { [Symbol.dispose]: () => undefined };
    throw error;
  }
  const pid = runLockPid(configPath);
  const who = pid !== undefined && pid > 0 ? ` (process ${pid})` : '';
  throw new AppError('vm-running', `${JSON.stringify(name)} is running or being worked on${who}.`, { hint: instead });
}

/**
 * Takes a VM out of the library in one step, then to the Trash or away for good. Of a link, the link goes.
 * @throws AppError `vm-running`, `not-supported` if there is no Trash for it
 */
export async function deleteVm(home: Home, name: string, how: 'trash' | 'permanent'): Promise<void> {
  const folder = home.vmFolder(name);
  const lock = lockVm(folder, name, 'Shut it down, then delete it.');
  try {
    if (how === 'trash') await moveToTrash(folder);
    else await deleteForGood(home, folder);
  } finally {
    lock[Symbol.dispose]();
  }
}

/** The `flock` keeps sweeps off until it is away. */
async function deleteForGood(home: Home, folder: string): Promise<void> {
  using _sweepLock = lockIfPossible(folder);
  await deleteAtomically(home, folder);
}

/** A link that leads nowhere can't be locked, and there is nothing behind it to protect. */
function lockIfPossible(folder: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP', 'EACCES')) return undefined;
    throw error;
  }
}
