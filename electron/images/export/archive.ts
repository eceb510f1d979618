import { unsupported } from '../import/not-importable.ts';

/** Packs files of a machine's folder into an archive that Tart imports. */
export function packMachine(
  _folder: string,
  _archive: string,
  _files: readonly string[],
  _onProgress: (done: number, total: number) => void,
  _signal: AbortSignal,
): Promise<void> {
  return Promise.reject(unsupported('Virtual machine', 'This version of Tatin can’t pack it.'));
}
