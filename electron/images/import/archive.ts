import type { Work } from '../../library/vm.ts';
import type { TakeOverPlan } from './import-plan.ts';
import { unsupported } from './not-importable.ts';

const title = 'Exported virtual machine (.tvm)';

/** What an archive of a machine in Tart's layout becomes. @throws NotImportable */
export function planArchive(_archive: string, _signal: AbortSignal): Promise<TakeOverPlan> {
  return Promise.reject(unsupported(title, 'This version of Tatin can’t unpack it.'));
}

/** Unpacks an archive into a folder, which is empty. */
export function unpackArchive(_archive: string, _folder: string, _work: Work): Promise<void> {
  return Promise.reject(unsupported(title, 'This version of Tatin can’t unpack it.'));
}
