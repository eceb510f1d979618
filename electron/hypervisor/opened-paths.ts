import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { Annotations } from '../contract/machine.ts';
import { describePath, type OpenedPath, shownPath } from '../contract/opened-paths.ts';
import { type ConfirmedPath, isNetworkDisk, realPlace } from '../library/confirmed-paths.ts';
import { hasCode } from '../files/error-codes.ts';
import { tartFiles, tatinFiles } from '../library/layout.ts';

export type { OpenedPath };

/** Of a machine's own files, those whose place a user may have changed: by a link, which has to be confirmed. */
const movable: readonly string[] = [tartFiles.disk, tartFiles.nvram, tartFiles.savedState, tatinFiles.qemuVariables];
const ownFolders: readonly string[] = [tatinFiles.qemuSavedState, tatinFiles.qemuSavedStatePartial];
const ownNames: readonly string[] = [...Object.values(tartFiles), ...Object.values(tatinFiles)];

/**
 * Makes sure that what a run reads, writes and replaces under its own names in a machine's folder is there itself: a log
 * that is a link would write over what it leads to.
 * @throws AppError `file-not-allowed`, and errors of the file system as Node made them
 */
export async function requireOwnFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const own = ownNames.find((name) => entry.name === name || entry.name.startsWith(`${name}.`));
    if (own === undefined || entry.isFile()) continue;
    if (entry.isSymbolicLink() && movable.includes(entry.name)) continue;
    if (entry.isDirectory() && ownFolders.includes(entry.name)) continue;
    if (entry.isSocket() && entry.name === tartFiles.controlSocket) continue;
    throw new AppError(
      'file-not-allowed',
      `“${path.basename(folder)}” can't be started: ${shownPath(entry.name)} in its folder is ${entry.isSymbolicLink() ? 'a link' : 'not a regular file'}.`,
      { hint: `Put a file in its place, or take it away. It is in ${shownPath(folder)}.` },
    );
  }
}

/** Everything beside its folder that a machine opens when it is started without further options. */
export function pathsOf(folder: string, { extraDisks, sharedFolders }: Annotations): OpenedPath[] {
  return [
    ...movable.map((name) => ({ kind: 'disk' as const, path: path.join(folder, name), writable: true })),
    ...extraDisks.map((disk) => ({
      kind: 'disk' as const,
      path: disk.path,
      writable: !disk.readOnly && !/\.iso$/i.test(disk.path),
    })),
    ...sharedFolders.map((share) => ({ kind: 'folder' as const, path: share.path, writable: !share.readOnly })),
  ];
}

/**
 * What of it neither lies in the machine's folder nor was confirmed; by its real place, which is what is confirmed. A
 * folder is always asked for: what is shared can be changed by those it is shared with.
 */
export async function unconfirmedPaths(
  folder: string,
  opened: readonly OpenedPath[],
  confirmed: readonly ConfirmedPath[],
): Promise<OpenedPath[]> {
  const unconfirmed: OpenedPath[] = [];
  for (const one of opened) {
    const real = { ...one, path: await realPlace(one.path) };
    const isConfirmed = confirmed.some((it) => it.path === real.path && (it.writable || !real.writable));
    if (isConfirmed || unconfirmed.some((it) => it.path === real.path && it.writable === real.writable)) continue;
    if (!(await isInside(folder, one, real.path))) unconfirmed.push(real);
  }
  return unconfirmed;
}

/**
 * Where everything is that a run opens, links followed: this is what may be opened, and nothing else by these names.
 * @param confirmed what this user agreed to, in tatin.json or on the command line
 * @throws AppError `paths-not-confirmed` with what nobody agreed to, `file-not-allowed` for what is no file or folder
 */
export async function admitPaths(
  folder: string,
  opened: readonly OpenedPath[],
  confirmed: readonly ConfirmedPath[],
): Promise<(place: string) => string> {
  const unconfirmed = await unconfirmedPaths(folder, opened, confirmed);
  if (unconfirmed.length > 0) throw notConfirmed(path.basename(folder), unconfirmed);
  const real = new Map<string, string>();
  for (const { path: place } of opened) {
    real.set(place, await realPlace(place));
    await requireNoPipe(place);
  }
  return (place) => real.get(place) ?? place;
}

/** A disk in the machine's folder that is not one of the files by which the machine itself is told what it is. */
async function isInside(folder: string, { kind, path: place }: OpenedPath, real: string): Promise<boolean> {
  if (kind === 'folder' || isNetworkDisk(place)) return false;
  const home = await realpath(folder);
  if (path.dirname(real) !== home) return false;
  const name = path.basename(real);
  const isReserved = ownNames.some((own) => name.toLowerCase() === own || name.toLowerCase().startsWith(`${own}.`));
  const isItself = movable.includes(name) && path.resolve(place) === path.join(path.resolve(folder), name);
  if (isReserved && !isItself) return false;
  // What is missing is reported by the code that opens it.
  const status = await lstat(real).catch(ignoreMissing);
  return status === undefined || status.isFile();
}

async function requireNoPipe(place: string): Promise<void> {
  if (isNetworkDisk(place)) return;
  const status = await stat(place).catch(ignoreMissing);
  if (status?.isFIFO() === true || status?.isSocket() === true)
    throw new AppError('file-not-allowed', `${shownPath(place)} is a pipe or a socket, not a disk.`, {
      hint: 'Take it off the machine.',
    });
}

function ignoreMissing(error: unknown): undefined {
  if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
  throw error;
}

function notConfirmed(name: string, unconfirmed: readonly OpenedPath[]): AppError {
  const list = unconfirmed.map(describePath).join('; ');
  return new AppError(
    'paths-not-confirmed',
    `“${name}” opens what lies outside of its folder, and you have not allowed that on this computer: ${list}.`,
    {
      hint: `If you want its guest to have that, allow it in the window, or type: tatin set ${shownPath(name)} --allow-paths. Else take it off the machine.`,
    },
  );
}
