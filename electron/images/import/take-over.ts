import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { VmConfig } from '../../library/config.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import type { TakeOverPlan } from './import-plan.ts';
import { readTartFolder, readTextFile, requireWhole } from './tart-folder.ts';
import { tartLeftOut } from './tart-left-out.ts';

/**
 * What stays behind of a machine in Tart's layout: marks of a run that is over, and what belongs to its place. Memory that
 * QEMU saved is among it: whoever made it decides what QEMU reads from it, and QEMU was never made to doubt it.
 */
export const leftBehind: ReadonlySet<string> = new Set([
  tartFiles.controlSocket,
  tatinFiles.lastRun,
  tatinFiles.serialLog,
  tatinFiles.qemuLog,
  tatinFiles.qemuSavedState,
  tatinFiles.qemuSavedStatePartial,
  '.pinned',
  '.explicitly-pulled',
]);

/** What a folder in Tart's layout becomes. @throws NotImportable */
export async function planTartFolder(folder: string): Promise<TakeOverPlan> {
  const names = await readdir(folder);
  requireWhole(names);
  const config = await readTartFolder(folder);
  const disk = await stat(path.join(folder, tartFiles.disk));
  return {
    ...describeTart(
      config,
      names,
      { bytes: disk.size, allocatedBytes: Math.min(disk.size, disk.blocks * 512) },
      await readTextFile(path.join(folder, tatinFiles.annotations)),
    ),
    kind: 'tart',
    title: 'Tart virtual machine',
    wish: path.basename(folder),
    make: 'take-over',
    from: { folder },
  };
}

/** What settings in Tart's layout say of a machine. */
export function describeTart(
  config: VmConfig,
  names: readonly string[],
  disk: { bytes: number; allocatedBytes: number },
  sidecarText: string | undefined,
): Pick<TakeOverPlan, 'os' | 'arch' | 'cpuCount' | 'memoryBytes' | 'disks' | 'warnings' | 'leftOut'> {
  const warnings: string[] = [];
  if (names.includes(tartFiles.savedState))
    warnings.push(
      'It is suspended. Its saved state works only on the Mac that saved it; elsewhere, discard it to start.',
    );
  // Of an archive, the files in it are named.
  if (names.some((name) => name.split('/', 1)[0] === tatinFiles.qemuSavedState))
    warnings.push(
      'It is suspended. Its saved memory stays behind, so it starts afresh. What the guest had not written to its disk is lost.',
    );
  return {
    os: config.os,
    arch: config.arch,
    cpuCount: config.cpuCount,
    memoryBytes: config.memorySize,
    disks: [
      {
        name: tartFiles.disk,
        format: config.diskFormat === 'asif' ? 'ASIF' : 'raw',
        ...disk,
        source: { how: 'copy', path: tartFiles.disk },
      },
    ],
    warnings,
    leftOut: sidecarText === undefined ? [] : tartLeftOut(sidecarText),
  };
}
