import { statSync, truncateSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../files/error-codes.ts';
import { AppError } from '../contract/errors.ts';
import type { Display } from '../contract/machine.ts';
import { type VmConfig, parseConfig, printConfig } from './config.ts';
import { minMemoryBytes } from './guest-sizes.ts';
import { lockVm } from './delete.ts';
import { tartFiles, tatinFiles } from './layout.ts';
import { requireNoLinksOut } from './links-out.ts';
import { RunLock, diskInUse, runLockPid } from '../files/locks.ts';
import { randomMac } from './macs.ts';
import { diskText, memoryText } from '../contract/words/sizes.ts';
import type { LibraryVm } from './vm.ts';

/** Settings to change; what is absent stays. */
export interface ConfigChanges {
  readonly cpuCount?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly display?: Display | undefined;
  readonly displayRefit?: boolean | undefined;
  /** New length of the disk; it only grows. The partitions on it stay as they are. */
  readonly diskBytes?: number | undefined;
  readonly randomMac?: boolean | undefined;
}

/**
 * Changes settings under the running lock. Everything is checked before the first write, and the disk grows before
 * config.json changes.
 * @throws AppError `vm-running`, `state-not-allowed` while suspended, `invalid-input`, `disk-too-small`, `disk-in-use`
 */
export function configureVm(vm: LibraryVm, changes: ConfigChanges, takenMacs: ReadonlySet<string>): void {
  const configPath = path.join(vm.folder, tartFiles.config);
  using lock = RunLock.tryAcquire(configPath, 'work');
  if (lock === undefined) throw running(vm, runLockPid(configPath));
  if (vm.suspendedAt !== undefined)
    throw new AppError(
      'state-not-allowed',
      `${JSON.stringify(vm.name)} is suspended, and its saved state needs these settings.`,
      {
        hint: 'Start it and shut it down, or discard the saved state.',
      },
    );
  // Read again under the lock: the last holder may have written.
  const before = parseConfig(lock.readText());
  const after = changed(before, changes, takenMacs);
  growDisk(vm, before, changes.diskBytes);
  const text = printConfig(after);
  if (text !== printConfig(before)) lock.writeText(text);
}

function running(vm: LibraryVm, pid: number | undefined): AppError {
  const who = pid !== undefined && pid > 0 ? ` (process ${pid})` : '';
  return new AppError('vm-running', `${JSON.stringify(vm.name)} is running${who}, so these settings can't change.`, {
    hint: 'Shut it down first.',
  });
}

function changed(config: VmConfig, changes: ConfigChanges, takenMacs: ReadonlySet<string>): VmConfig {
  const cpuCount = changes.cpuCount ?? config.cpuCount;
  const memorySize = changes.memoryBytes ?? config.memorySize;
  // The minimum is the macOS guest's own; of Linux guests Tart only notes a default there.
  const [minCpus, minMemory] =
    config.os === 'darwin' ? [config.cpuCountMin, config.memorySizeMin] : [1, minMemoryBytes];
  if (!Number.isSafeInteger(cpuCount) || (changes.cpuCount !== undefined && cpuCount < minCpus))
    throw new AppError('invalid-input', `This guest needs at least ${minCpus === 1 ? 'one CPU' : `${minCpus} CPUs`}.`);
  if (!Number.isSafeInteger(memorySize) || (changes.memoryBytes !== undefined && memorySize < minMemory))
    throw new AppError('invalid-input', `This guest needs at least ${memoryText(minMemory)} of memory.`);
  return {
    ...config,
    cpuCount,
    memorySize,
    display: changes.display ?? config.display,
    displayRefit: changes.displayRefit ?? config.displayRefit,
    macAddress: changes.randomMac === true ? randomMac(takenMacs) : config.macAddress,
  };
}

function growDisk(vm: LibraryVm, config: VmConfig, wantedBytes: number | undefined): void {
  if (wantedBytes === undefined) return;
  const diskPath = path.join(vm.folder, tartFiles.disk);
  const { size } = statSync(diskPath);
  if (wantedBytes === size) return;
  if (!Number.isSafeInteger(wantedBytes) || wantedBytes < size)
    throw new AppError('disk-too-small', `The disk has ${diskText(size)} already, and a disk can only grow.`, {
      hint: 'Choose a larger size.',
    });
  if (config.diskFormat === 'asif')
    throw new AppError('not-supported', "A disk in Apple's sparse format (ASIF) can't be grown by this version.", {
      hint: 'Use tart set --disk-size.',
    });
  requireNoLinksOut(vm.folder, vm.config.macAddress, 'changed');
  if (diskInUse(diskPath))
    throw new AppError('disk-in-use', `Another program uses the disk of ${JSON.stringify(vm.name)}.`, {
      hint: 'It may be mounted. Close it there and try again.',
      retry: true,
    });
  truncateSync(diskPath, Math.ceil(wantedBytes / 512) * 512);
}

/**
 * Throws the saved state away, so that a suspended VM is a stopped one. The disk stays as it was when it was suspended.
 * @throws AppError `vm-running`
 */
export async function discardSavedState(vm: LibraryVm): Promise<void> {
  const file = (leaf: string) => path.join(vm.folder, leaf);
  const lock = lockVm(vm.folder, vm.name, 'Shut it down instead.');
  try {
    await rm(file(tartFiles.savedState), { force: true });
    await rm(file(tatinFiles.qemuSavedStatePartial), { recursive: true, force: true });
    // By its name it is a whole state or none at every moment.
    if (vm.suspendedAt !== undefined)
      await rename(file(tatinFiles.qemuSavedState), file(tatinFiles.qemuSavedStatePartial)).catch(ignoreMissing);
    await rm(file(tatinFiles.qemuSavedStatePartial), { recursive: true, force: true });
  } finally {
    lock[Symbol.dispose]();
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}
