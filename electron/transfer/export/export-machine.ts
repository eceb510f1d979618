import { existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { ExportFormat } from '../../contract/imports.ts';
import { copyFileSparsely } from '../../files/copy.ts';
import type { Home } from '../../library/home.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';
import type { LibraryVm } from '../../library/library.ts';
import { SourceVmLock } from '../../library/source-vm-lock.ts';
import type { Work } from '../../jobs/work.ts';
import { packFolder } from '../../codecs/apple-archive/pack.ts';
import { withNewDiskFile } from '../import/new-disk-file.ts';
import { convertToQcow2 } from '../import/qemu-img.ts';
import { leftBehind } from '../import/taken-along.ts';
import { withNewFile } from './new-file.ts';

export interface ExportTarget {
  /** Absolute path of the file. */
  readonly path: string;
  readonly format: ExportFormat;
  readonly overwrite: boolean;
}

/**
 * Writes a machine that does not run to a file, which is there only when it is whole.
 * @throws AppError `vm-running`, `disk-in-use`, `file-exists` for a file that may not be replaced, `no-space`, `cancelled`
 */
export async function exportMachine(home: Home, vm: LibraryVm, target: ExportTarget, work: Work): Promise<void> {
  const reason = whyNotExportable(vm, target.format);
  if (reason !== undefined) throw reason;
  using original = new SourceVmLock(vm, 'exporting');
  await withNewFile(home, target, `Exporting ${JSON.stringify(vm.name)}`, async (file) => {
    await write(vm, target.format, file, original, work);
    original.check();
    work.signal.throwIfAborted();
  });
}

/** Why a machine can't be written in this format, if so. */
export function whyNotExportable({ name, config }: LibraryVm, format: ExportFormat): AppError | undefined {
  if (format === 'tvm' || config.diskFormat === 'raw') return undefined;
  return new AppError('not-supported', `The disk of ${JSON.stringify(name)} is in Apple’s sparse format (ASIF).`, {
    hint: 'Export it as .tvm.',
  });
}

async function write(
  vm: LibraryVm,
  format: ExportFormat,
  file: string,
  original: SourceVmLock,
  work: Work,
): Promise<void> {
  const disk = path.join(vm.folder, tartFiles.disk);
  const progress = (step: string, bytesDone: number, bytesTotal: number): void => {
    original.check();
    work.progress({ step, bytesDone, bytesTotal });
  };
  if (format === 'tvm') {
    const files = (await readdir(vm.folder)).filter((name) => !leftBehind.has(name));
    await packFolder({
      folder: vm.folder,
      archive: file,
      files,
      onProgress: (done, total) => progress('Packing', done, total),
      signal: work.signal,
    });
  } else if (format === 'raw')
    await copyFileSparsely(disk, file, `Exporting ${JSON.stringify(vm.name)}`, {
      signal: work.signal,
      onBytes: (done, total) => progress('Copying the disk', done, total),
    });
  else {
    await using source = await open(disk, 'r');
    const onFraction = (fraction: number): void => {
      original.check();
      work.progress({ step: 'Converting the disk', fraction });
    };
    await withNewDiskFile(file, 0, (target) => convertToQcow2(source, target, onFraction, work.signal));
  }
}

/** What does not go along; one sentence each. */
export function exportWarnings(
  { config, annotations, folder, suspendedAt }: LibraryVm,
  format: ExportFormat,
): string[] {
  const warnings: string[] = [];
  const outside = annotations.extraDisks.filter((disk) => path.dirname(disk.path) !== folder).length;
  const inside = annotations.extraDisks.length - outside;
  if (outside > 0) warnings.push('Further disks and discs outside of its folder do not go along.');
  const hasMemory = suspendedAt !== undefined && existsSync(path.join(folder, tatinFiles.qemuSavedState));
  if (suspendedAt !== undefined && (format !== 'tvm' || hasMemory))
    warnings.push('It is suspended. Its saved state does not go along, so the copy starts as after a power cut.');
  if (format === 'tvm') return warnings;
  warnings.push('Only its disk goes along: settings, notes and firmware variables do not.');
  if (inside > 0) warnings.push('Of its disks, the first goes along.');
  if (config.os === 'darwin')
    warnings.push('The identity of its Mac does not go along, without which macOS does not start.');
  return warnings;
}
