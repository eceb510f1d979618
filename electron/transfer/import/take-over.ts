import path from 'node:path';
import type { VmConfig } from '../../library/config.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import { listParts, openPart, type Part } from './door.ts';
import type { TakeOverPlan } from './import-plan.ts';
import { readTartFolder, readTextPart, requireWhole } from './tart-folder.ts';
import { othersLeftOut, ownDisks } from './taken-along.ts';
import { tartLeftOut } from './tart-left-out.ts';

/** What a folder in Tart's layout becomes. @throws NotImportable */
export async function planTartFolder(folder: string): Promise<TakeOverPlan> {
  const { files, folders, others } = await listParts(folder);
  const names = [...files, ...folders, ...others.keys()];
  requireWhole(names);
  const config = await readTartFolder(folder);
  const part = { root: folder, name: tartFiles.disk };
  await using handle = await openPart(part);
  const disk = await handle.stat();
  return {
    ...describeTart(
      config,
      names,
      { part, bytes: disk.size, allocatedBytes: Math.min(disk.size, disk.blocks * 512) },
      await readTextPart({ root: folder, name: tatinFiles.annotations }),
    ),
    kind: 'tart',
    title: 'Tart virtual machine',
    suggestedName: path.basename(folder),
    make: 'take-over',
    from: { folder },
  };
}

/** What settings in Tart's layout say of a machine. */
export function describeTart(
  config: VmConfig,
  names: readonly string[],
  disk: { part: Part; bytes: number; allocatedBytes: number },
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
        bytes: disk.bytes,
        allocatedBytes: disk.allocatedBytes,
        source: { how: 'copy', part: disk.part },
      },
    ],
    warnings,
    leftOut: [
      ...(sidecarText === undefined ? [] : tartLeftOut(sidecarText)),
      ...othersLeftOut(names, ownDisks(sidecarText)),
    ],
  };
}
