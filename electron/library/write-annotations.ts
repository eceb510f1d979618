import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { type AnnotationChanges, annotationChangesSchema } from '../contract/machine.ts';
import { printAnnotations, readSidecar, type Sidecar } from './annotations.ts';
import {
  confirmedAfter,
  confirmedDocument,
  confirmedIn,
  confirmedKey,
  type ConfirmedPath,
  confirmedPaths,
  together,
} from './confirmed-paths.ts';
import { hasCode } from '../files/error-codes.ts';
import { keepAside } from './keep-aside.ts';
import { tatinFiles } from './layout.ts';
import { withFolderLock } from '../files/locks.ts';
import { retryWhileBusy } from '../files/retry-while-busy.ts';
import { deleteLeftOvers, replaceFile } from '../files/replace-file.ts';

/** A VM whose tatin.json is written; paths are confirmed for its MAC address. */
export interface Annotated {
  readonly folder: string;
  readonly macAddress: string;
}

/**
 * Changes some fields of tatin.json in one step, so that a reader sees the old or the new. A file that could not
 * be read whole is kept beside it as `tatin.json.broken` first. Programs that do this at the same time take turns. Disks
 * and folders that are new in it are confirmed by that, see `confirmed-paths.ts`.
 * @throws AppError `invalid-input`, `vm-locked` if another program holds the folder's lock for long, and Node's errors of writing
 */
export async function writeAnnotations(vm: Annotated, changes: AnnotationChanges): Promise<void> {
  const parsed = annotationChangesSchema.safeParse(changes);
  if (!parsed.success)
    throw new AppError(
      'invalid-input',
      `The notes and options can't be saved: ${parsed.error.issues[0]?.message ?? ''}`,
    );
  await rewrite(vm.folder, async (before) => {
    const annotations = { ...before.annotations };
    for (const [key, value] of Object.entries(parsed.data))
      if (value !== undefined) Object.assign(annotations, { [key]: value });
    const confirmed = confirmedIn(before.unknown[confirmedKey], vm.macAddress);
    const { extraDisks, sharedFolders } = parsed.data;
    if (extraDisks === undefined && sharedFolders === undefined) return { ...before, annotations };
    return withConfirmed(
      { ...before, annotations },
      await confirmedAfter(vm.folder, confirmed, before.annotations, annotations),
      vm.macAddress,
    );
  });
}

/** Adds paths to those that the machine may open. @throws as {@link writeAnnotations} does */
export async function confirmPaths(vm: Annotated, paths: readonly ConfirmedPath[]): Promise<void> {
  await rewrite(vm.folder, (before) => {
    const confirmed = confirmedIn(before.unknown[confirmedKey], vm.macAddress);
    return Promise.resolve(withConfirmed(before, together(confirmed, paths), vm.macAddress));
  });
}

/** Takes what was confirmed along to another MAC address of the same machine. @throws as {@link writeAnnotations} does */
export async function carryConfirmed(vm: Annotated, formerMac: string): Promise<void> {
  if (vm.macAddress === formerMac || confirmedPaths(vm.folder, formerMac).length === 0) return;
  await rewrite(vm.folder, (before) =>
    Promise.resolve(withConfirmed(before, confirmedIn(before.unknown[confirmedKey], formerMac), vm.macAddress)),
  );
}

function withConfirmed(sidecar: Sidecar, paths: readonly ConfirmedPath[], macAddress: string): Sidecar {
  const { [confirmedKey]: _former, ...others } = sidecar.unknown;
  const document = confirmedDocument(paths, macAddress);
  return { ...sidecar, unknown: document === undefined ? others : { ...others, [confirmedKey]: document } };
}

async function rewrite(folder: string, change: (before: Sidecar) => Promise<Sidecar>): Promise<void> {
  const work = async () => {
    const file = path.join(folder, tatinFiles.annotations);
    const before = readSidecar(folder);
    const { annotations, unknown } = await change(before);
    if (!before.whole) await keepBroken(file);
    // The lock of the folder is held, so nobody else is writing it.
    await deleteLeftOvers(file, 0);
    await replaceFile(file, printAnnotations(annotations, unknown, folder), { mode: 0o600, flush: true });
  };
  await retryWhileBusy(folder, (patience) => withFolderLock(folder, work, patience));
}

async function keepBroken(file: string): Promise<void> {
  try {
    await keepAside(file, `${file}.broken`, { onlyFirst: true });
  } catch (error) {
    // What may not be read can't be copied.
    if (!hasCode(error, 'EACCES')) throw error;
  }
}
