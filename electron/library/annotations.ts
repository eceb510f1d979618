import path from 'node:path';
import { type Annotations, annotationsSchema, type ExtraDisk } from '../contract/machine.ts';
import { readBoundedSync } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { hasCode } from '../files/error-codes.ts';
import { tatinFiles } from './layout.ts';

/** What is in a tatin.json. `whole` is false if anything in it could not be read and shows as its default. */
export interface Sidecar {
  annotations: Annotations;
  /** Keys that are no options of this version: a later one wrote them, or see `confirmed-paths.ts`. */
  unknown: Record<string, unknown>;
  whole: boolean;
}

const fields = annotationsSchema.shape;
type Field = keyof typeof fields;
/** Whether this version knows the key. */
const isField = (key: string): key is Field => Object.hasOwn(fields, key);

/** Annotations of a VM that has none. */
export function noAnnotations(): Annotations {
  return annotationsSchema.parse({});
}

/** Reads tatin.json; what is missing or broken in it is as if it had not been said. Never throws for its content. */
export function readAnnotations(folder: string): Annotations {
  return readSidecar(folder).annotations;
}

/** Reads all of tatin.json. Never throws for its content. */
export function readSidecar(folder: string): Sidecar {
  let text: string;
  try {
    text = readBoundedSync(path.join(folder, tatinFiles.annotations)).toString();
  } catch (error) {
    return { annotations: noAnnotations(), unknown: {}, whole: hasCode(error, 'ENOENT') };
  }
  const sidecar = parseSidecar(text);
  const { annotations } = sidecar;
  return { ...sidecar, annotations: { ...annotations, extraDisks: annotations.extraDisks.map(whole(folder)) } };
}

/** A disk in the VM's own folder is kept by its name alone, so that it stays its disk when the folder is renamed. */
const whole =
  (folder: string) =>
  (disk: ExtraDisk): ExtraDisk =>
    path.isAbsolute(disk.path) ? disk : { ...disk, path: path.join(folder, path.basename(disk.path)) };

const inFolder =
  (folder: string) =>
  (disk: ExtraDisk): ExtraDisk =>
    path.dirname(disk.path) === folder ? { ...disk, path: path.basename(disk.path) } : disk;

/** Reads the text of a tatin.json; disks in the VM’s own folder have only their names. Never throws for its content. */
export function parseSidecar(text: string): Sidecar {
  const sidecar: Sidecar = { annotations: noAnnotations(), unknown: {}, whole: true };
  let document: unknown;
  try {
    document = parseBoundedJson(text);
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

/** The text of a tatin.json that is for this folder, or will be there when it is in place. */
export function printAnnotations(
  annotations: Annotations,
  unknown: Record<string, unknown> = {},
  folder?: string,
): string {
  const extraDisks = folder === undefined ? annotations.extraDisks : annotations.extraDisks.map(inFolder(folder));
  return `${JSON.stringify({ ...annotations, extraDisks, ...unknown }, undefined, 2)}\n`;
}
