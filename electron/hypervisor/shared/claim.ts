import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { type VmConfig, parseConfig, printConfig } from '../../library/config.ts';
import { ConfigError } from '../../files/config-error.ts';
import { hasCode } from '../../files/error-codes.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { RunLock, readConfigText, withHomeLock } from '../../files/locks.ts';
import { randomMac } from '../../library/macs.ts';
import { makePrivate } from '../../library/private-files.ts';
import { carryConfirmed } from '../../library/write-annotations.ts';
import { requireOwnFiles } from '../opened-paths.ts';

/** A VM that this process alone may run. */
export interface Claim {
  readonly lock: RunLock;
  readonly config: VmConfig;
}

/**
 * Takes the running lock of a VM as Tart does: under the home's lock, so that no two running VMs of a home can have one
 * MAC address. One that another running VM has is replaced, and a saved state, which knows the old one, dropped.
 * `onLocked` runs before the home's lock is given back.
 * @throws AppError `vm-running`, `vm-not-found`, `vm-unreadable`, `file-not-allowed`
 */
export async function claimVm(folder: string, onLocked: () => Promise<void>, signal: AbortSignal): Promise<Claim> {
  const vms = path.dirname(folder);
  return withHomeLock({ path: path.dirname(vms) }, () => claimUnderHomeLock(vms, folder, onLocked), signal);
}

async function claimUnderHomeLock(vms: string, folder: string, onLocked: () => Promise<void>): Promise<Claim> {
  const siblings = (await readdir(vms)).filter((name) => name !== path.basename(folder));
  await checkFiles(folder);
  const lock = acquire(folder);
  try {
    await makePrivate(folder);
    await onLocked();
    const { before, config } = withOwnMac(lock, folder, macsInUse(vms, siblings));
    await carryConfirmed({ folder, macAddress: config.macAddress }, before);
    return { lock, config };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A folder that is gone is reported by the code that opens it. */
async function checkFiles(folder: string): Promise<void> {
  await requireOwnFiles(folder).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  });
}

function acquire(folder: string): RunLock {
  const name = path.basename(folder);
  try {
    const lock = RunLock.tryAcquire(path.join(folder, tartFiles.config));
    if (lock !== undefined) return lock;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR'))
      throw new AppError('vm-not-found', `There is no virtual machine “${name}”.`, { cause: error });
    throw new AppError('file-not-allowed', `“${name}” can't be opened: its config.json may not be changed.`, {
      hint: `Check who owns the files in ${folder}.`,
      cause: error,
    });
  }
  throw new AppError('vm-running', `“${name}” is already running.`);
}

function macsInUse(vms: string, names: readonly string[]): Set<string> {
  const macs = new Set<string>();
  for (const name of names) {
    try {
      const { text, lockPid } = readConfigText(path.join(vms, name, tartFiles.config));
      if (lockPid !== undefined) macs.add(parseConfig(text).macAddress);
    } catch (error) {
      // What can't be read has no address that could be compared.
      continue;
    }
  }
  return macs;
}

function withOwnMac(lock: RunLock, folder: string, taken: ReadonlySet<string>): { config: VmConfig; before: string } {
  const config = readConfig(lock, folder);
  const before = config.macAddress;
  if (!taken.has(before)) return { config, before };
  const renewed = { ...config, macAddress: randomMac(taken) };
  lock.writeText(printConfig(renewed));
  for (const leaf of [tartFiles.savedState, tatinFiles.qemuSavedState])
    rmSync(path.join(folder, leaf), { recursive: true, force: true });
  return { config: renewed, before };
}

function readConfig(lock: RunLock, folder: string): VmConfig {
  try {
    return parseConfig(lock.readText());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new AppError('vm-unreadable', `“${path.basename(folder)}” can't be started: ${error.message}.`, {
      cause: error,
    });
  }
}
