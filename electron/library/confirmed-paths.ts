import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Annotations, ExtraDisk, SharedFolder } from '../contract/machine.ts';
import { isSealed, sealOf } from '../host/owner-seal.ts';
import { readSidecar } from './annotations.ts';
import { hasCode } from '../files/error-codes.ts';

/** A file or folder outside of a machine's folder that its user agreed to give it. */
export interface ConfirmedPath {
  /** Absolute, without links; or the address of a network disk. */
  readonly path: string;
  /** Whether the guest may write there. */
  readonly writable: boolean;
}

/** The key in tatin.json. It is not an option: a person who writes the file by hand can write paths there, but no seal. */
export const confirmedKey = 'confirmed';
const purpose = 'paths that a machine may open';

const documentSchema = z.object({
  paths: z.array(z.object({ path: z.string().max(4096), writable: z.boolean() })).max(256),
  seal: z.string(),
});
export type ConfirmedDocument = z.infer<typeof documentSchema>;

/**
 * What this user, on this computer, confirmed for the machine with this MAC address. Nothing if anybody else wrote it, or
 * it was for another machine: of a list with a wrong seal nothing counts.
 */
export function confirmedPaths(folder: string, macAddress: string): readonly ConfirmedPath[] {
  return confirmedIn(readSidecar(folder).unknown[confirmedKey], macAddress);
}

/** {@link confirmedPaths} of what stands in tatin.json. */
export function confirmedIn(document: unknown, macAddress: string): readonly ConfirmedPath[] {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return [];
  const { paths, seal } = parsed.data;
  return isSealed(purpose, { paths, macAddress }, seal) ? paths : [];
}

/** What goes into tatin.json, sealed; undefined for nothing. @throws Node's errors, see {@link sealOf} */
export function confirmedDocument(paths: readonly ConfirmedPath[], macAddress: string): ConfirmedDocument | undefined {
  if (paths.length === 0) return undefined;
  const own = paths.map(({ path: place, writable }) => ({ path: place, writable }));
  return { paths: own, seal: sealOf(purpose, { paths: own, macAddress }) };
}

interface Given {
  readonly extraDisks?: readonly ExtraDisk[] | undefined;
  readonly sharedFolders?: readonly SharedFolder[] | undefined;
}

/** Disks and folders outside of the machine's folder that a user gives, as they are confirmed by that. */
export async function pathsGiven(
  folder: string,
  { extraDisks = [], sharedFolders = [] }: Given,
): Promise<ConfirmedPath[]> {
  const disks = extraDisks.filter(({ path: place }) => isNetworkDisk(place) || path.isAbsolute(place));
  const outside = disks.filter(({ path: place }) => path.dirname(place) !== folder);
  return await Promise.all(
    [...outside, ...sharedFolders].map(async (one) => ({ path: await realPlace(one.path), writable: !one.readOnly })),
  );
}

/**
 * What is confirmed once a user has replaced options: what is new in them, and what was confirmed and is still there. An
 * entry that somebody else had written and that stays as it was is not confirmed by that.
 */
export async function confirmedAfter(
  folder: string,
  confirmed: readonly ConfirmedPath[],
  before: Annotations,
  after: Annotations,
): Promise<ConfirmedPath[]> {
  const [added, gone, stays] = await Promise.all([
    pathsGiven(folder, entries(after, before, false)),
    pathsGiven(folder, entries(before, after, false)),
    pathsGiven(folder, entries(after, before, true)),
  ]);
  const isAmong = ({ path: place }: ConfirmedPath, list: readonly ConfirmedPath[]): boolean =>
    list.some((one) => one.path === place);
  return together(
    confirmed.filter((one) => !isAmong(one, gone) || isAmong(one, stays)),
    added,
  );
}

/** The disks and folders of one that the other has as well, or has not. */
function entries(one: Annotations, other: Annotations, areCommon: boolean): Given {
  const chosen = <T extends ExtraDisk | SharedFolder>(list: readonly T[], others: readonly T[]): T[] =>
    list.filter((entry) => others.some((it) => it.path === entry.path && it.readOnly === entry.readOnly) === areCommon);
  return {
    extraDisks: chosen(one.extraDisks, other.extraDisks),
    sharedFolders: chosen(one.sharedFolders, other.sharedFolders),
  };
}

/** Each path once; one that is confirmed for writing is for reading too. */
export function together(...lists: readonly (readonly ConfirmedPath[])[]): ConfirmedPath[] {
  const writable = new Map<string, boolean>();
  for (const one of lists.flat()) writable.set(one.path, one.writable || writable.get(one.path) === true);
  return [...writable].map(([place, isWritable]) => ({ path: place, writable: isWritable }));
}

/** Whether a disk is the address of one that another computer serves, which drivers of a Mac open. */
export function isNetworkDisk(place: string): boolean {
  return /^nbds?(\+unix)?:/.test(place);
}

/** Where a path leads; what does not exist yet is where it would be made. An address of a network disk is itself. */
export async function realPlace(place: string): Promise<string> {
  if (!path.isAbsolute(place)) return place;
  try {
    return await realpath(place);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) throw error;
    const parent = path.dirname(path.resolve(place));
    return parent === place ? place : path.join(await realPlace(parent), path.basename(place));
  }
}
