import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ParsedInput } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import type { ExportFormat, ExportReport } from '../../contract/imports.ts';
import { exportMachine, exportWarnings, whyNotExportable } from '../../transfer/export/export-machine.ts';
import type { Library, LibraryVm } from '../../library/library.ts';
import { SourceVmLock } from '../../library/source-vm-lock.ts';
import { freeBytes } from '../../files/space.ts';
import { local } from '../machines/local-names.ts';
import type { LongOperation } from '../operation.ts';
import type { LoadedServices } from '../services.ts';

const endings: Readonly<Record<ExportFormat, string>> = { tvm: '.tvm', raw: '.img', qcow2: '.qcow2' };

/** What an export is called if nobody says otherwise. */
export function exportName(name: string, format: ExportFormat): string {
  return `${name}${endings[format]}`;
}

/** The file that is meant: in a folder, one with the default name. */
export async function exportPath(vm: LibraryVm, target: string, format: ExportFormat): Promise<string> {
  if (!path.isAbsolute(target)) throw new AppError('invalid-input', 'The file must be named by its whole path.');
  const isFolder = await stat(target).then(
    (status) => status.isDirectory(),
    () => false,
  );
  return isFolder ? path.join(target, exportName(vm.name, format)) : path.normalize(target);
}

/** What an export would write, and whether it can. */
export async function inspectExport(library: Library, input: ParsedInput<'exports.inspect'>): Promise<ExportReport> {
  const vm = await library.get(local(input.id));
  const file = await exportPath(vm, input.path, input.format);
  const exists = await stat(file).then(
    () => true,
    () => false,
  );
  const problem = await problemOf(library, vm, file, input.format);
  return {
    path: file,
    exists,
    sourceBytes: vm.allocatedBytes,
    freeBytes: await freeBytes(path.dirname(file)).catch(() => 0),
    warnings: exportWarnings(vm, input.format),
    ...(problem === undefined ? {} : { problem: problem.toInfo() }),
  };
}

async function problemOf(
  library: Library,
  vm: LibraryVm,
  file: string,
  format: ExportFormat,
): Promise<AppError | undefined> {
  try {
    await requireFolder(library, file);
    const reason = whyNotExportable(vm, format);
    if (reason !== undefined) return reason;
    new SourceVmLock(vm, 'exporting')[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return AppError.from(error);
  }
}

/** A file among the machines would be taken for one, and one in a machine's folder for a part of it. */
export async function requireFolder(library: Library, file: string): Promise<void> {
  const folder = path.dirname(file);
  if (`${folder}/`.startsWith(`${library.home.vms}/`) || `${folder}/`.startsWith(`${library.home.tmp}/`))
    throw new AppError('invalid-input', `${folder} is a folder of the library.`, { hint: 'Choose another folder.' });
  const isFolder = await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new AppError('file-not-found', `There is no folder ${folder}.`);
}

/** The file of an export that has succeeded; undefined if there is no such job. */
export async function exportedFile({ jobs }: Pick<LoadedServices, 'jobs'>, jobId: string): Promise<string | undefined> {
  const job = (await jobs.list()).find(({ id }) => id === jobId);
  return job?.kind === 'export' && job.state === 'succeeded' ? job.file : undefined;
}

/** Exports a machine to a file. */
export const operation: LongOperation<ParsedInput<'exports.start'>, void> = {
  kind: 'export',
  async prepare({ library }, request) {
    const vm = await library.get(local(request.id));
    const target = { ...request, path: await exportPath(vm, request.path, request.format) };
    const problem = await problemOf(library, vm, target.path, request.format);
    if (problem !== undefined) throw problem;
    return {
      title: `Exporting ${vm.name} to ${path.basename(target.path)}`,
      vmId: request.id,
      file: target.path,
      run: async (work) => await exportMachine(library.home, await library.get(vm.name), target, work),
    };
  },
};
