import { readFileSync } from 'node:fs';
import { copyFile, constants } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import {
  type AnnotationChanges,
  type Annotations,
  annotationChangesSchema,
  annotationsSchema,
} from '../contract/machine.ts';
import { hasCode } from './file-errors.ts';
import type { Home } from './home.ts';
import { tatinFiles } from './layout.ts';
import { withFolderLock } from './locks.ts';
import { patiently } from './patience.ts';
import { replaceFile } from './staging.ts';

/** What is in a tatin.json. `whole` is false if anything in it could not be read and shows as its default. */
interface Sidecar {
  annotations: Annotations;
  /** Keys that this version does not know; a later one wrote them. */
  unknown: Record<string, unknown>;
  whole: boolean;
}

const fields = annotationsSchema.shape;
type Field = keyof typeof fields;
const isField = (key: string): key is Field => Object.hasOwn(fields, key);

/** Annotations of a VM that has none. */
export function noAnnotations(): Annotations {
  return annotationsSchema.parse({});
}

/** Reads tatin.json; what is missing or broken in it is as if it had not been said. Never throws for its content. */
export function readAnnotations(folder: string): Annotations {
  return readSidecar(folder).annotations;
}

function readSidecar(folder: string): Sidecar {
  let text: string;
  try {
    text = readFileSync(path.join(folder, tatinFiles.annotations), 'utf8');
  } catch (error) {
    return { annotations: noAnnotations(), unknown: {}, whole: hasCode(error, 'ENOENT') };
  }
  return parseSidecar(text);
}

function parseSidecar(text: string): Sidecar {
  const sidecar: Sidecar = { annotations: noAnnotations(), unknown: {}, whole: true };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { ...sidecar, whole: false };
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return { ...sidecar, whole: false };
  for (const [key, value] of Object.entries(document)) {
    if (!isField(key)) {
      sidecar.unknown[key] = value;
      continue;
    }
    // One field by itself: a bad port forward must not take the notes with it.
    const parsed = fields[key].safeParse(value);
    if (parsed.success) Object.assign(sidecar.annotations, { [key]: parsed.data });
    else sidecar.whole = false;
  }
  return sidecar;
}

/** The text of a tatin.json. */
export function printAnnotations(annotations: Annotations, unknown: Record<string, unknown> = {}): string {
  return `${JSON.stringify({ ...annotations, ...unknown }, undefined, 2)}\n`;
}

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
    if (!whole) await keepAside(file);
    for (const key of Object.keys(changes).filter(isField))
      if (parsed.data[key] !== undefined) Object.assign(annotations, { [key]: parsed.data[key] });
    await replaceFile(home, file, printAnnotations(annotations, unknown));
  };
  await patiently(folder, (patience) => withFolderLock(folder, work, patience));
}

/** The first broken file is the one that may hold something; a later one does not replace it. */
async function keepAside(file: string): Promise<void> {
  try {
    await copyFile(file, `${file}.broken`, constants.COPYFILE_EXCL);
  } catch (error) {
    if (!hasCode(error, 'EEXIST', 'EACCES', 'EISDIR', 'ENOENT')) throw error;
  }
}
