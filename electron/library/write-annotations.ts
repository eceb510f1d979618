import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { type AnnotationChanges, annotationChangesSchema } from '../contract/machine.ts';
import { printAnnotations, readSidecar } from './annotations.ts';
import { hasCode } from './file-errors.ts';
import type { Home } from './home.ts';
import { keepAside } from './keep-aside.ts';
import { tatinFiles } from './layout.ts';
import { withFolderLock } from './locks.ts';
import { patiently } from './patience.ts';
import { replaceFile } from './staging.ts';

/**
 * Changes some fields of tatin.json in one step, so that whoever reads it sees the old or the new. A file that could not
 * be read whole is kept beside it as `tatin.json.broken` first. Programs that do this at the same time take turns.
 * @throws AppError `invalid-input`, `vm-locked` if another program holds the folder's lock for long, and Node's errors of writing
 */
export async function writeAnnotations(home: Home, folder: string, changes: AnnotationChanges): Promise<void> {
  const parsed = annotationChangesSchema.safeParse(changes);
  if (!parsed.success)
    throw new AppError(
      'invalid-input',
      `The notes and options can't be kept: ${parsed.error.issues[0]?.message ?? ''}`,
    );
  const work = async () => {
    const file = path.join(folder, tatinFiles.annotations);
    const { annotations, unknown, whole } = readSidecar(folder);
    if (!whole) await keepBroken(file);
    for (const [key, value] of Object.entries(parsed.data))
      if (value !== undefined) Object.assign(annotations, { [key]: value });
    await replaceFile(home, file, printAnnotations(annotations, unknown, folder));
  };
  await patiently(folder, (patience) => withFolderLock(folder, work, patience));
}

async function keepBroken(file: string): Promise<void> {
  try {
    await keepAside(file, `${file}.broken`, { onlyFirst: true });
  } catch (error) {
    // What may not be read can't be copied.
    if (!hasCode(error, 'EACCES')) throw error;
  }
}
