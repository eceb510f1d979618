import path from 'node:path';
import type { LeftOut } from '../../contract/imports.ts';
import { maxConfigBytes } from '../../files/bounded-file.ts';
import { parseSidecar } from '../../library/annotations.ts';
import { tartFiles, tatinFiles } from '../../library/layout.ts';

/**
 * What stays behind of a machine in Tart's layout: marks of a run that is over, and what belongs to its place. Memory that
 * QEMU saved is among it: its maker decides what QEMU reads from it, and QEMU was never made to doubt it.
 */
export const leftBehind: ReadonlySet<string> = new Set([
  tartFiles.controlSocket,
  tatinFiles.lastRun,
  tatinFiles.serialLog,
  tatinFiles.qemuLog,
  tatinFiles.qemuSavedState,
  tatinFiles.qemuSavedStatePartial,
  '.pinned',
  '.explicitly-pulled',
]);

/** Variables of firmware: 64 MiB of them are usual on ARM, and all others have less. In bytes. */
export const maxVariablesBytes = 256 * 1024 ** 2;

/**
 * What comes along of a machine in Tart's layout, and how long it may be: what makes it up, and nothing else that its
 * maker put there. Its events, its usage and what it knows of registries are told by its maker, so they stay behind.
 */
const maxBytesOf: ReadonlyMap<string, number> = new Map([
  [tartFiles.config, maxConfigBytes],
  [tartFiles.disk, Number.MAX_SAFE_INTEGER],
  [tartFiles.nvram, maxVariablesBytes],
  [tartFiles.savedState, Number.MAX_SAFE_INTEGER],
  [tatinFiles.annotations, maxConfigBytes],
  [tatinFiles.qemuVariables, maxVariablesBytes],
  [tatinFiles.picture, 16 * 1024 ** 2],
]);

/** What is left without a word: it says nothing of the machine itself. */
const unmentioned: ReadonlySet<string> = new Set([
  ...leftBehind,
  tartFiles.manifest,
  tatinFiles.events,
  tatinFiles.usage,
  tatinFiles.installLog,
  tatinFiles.knownLayers,
]);

/** Further disks in the machine's own folder, by their names, as its options list them. */
export function ownDisks(sidecarText: string | undefined): ReadonlySet<string> {
  if (sidecarText === undefined) return new Set();
  const { extraDisks } = parseSidecar(sidecarText).annotations;
  return new Set(extraDisks.map((disk) => disk.path).filter((name) => isDiskName(name) && !maxBytesOf.has(name)));
}

/**
 * How long a file of a machine's folder may be; undefined if it does not come along.
 * @param disks names of its further disks; undefined where that is not known yet, and what may be one is let through
 */
export function maxTakenBytes(name: string, disks: ReadonlySet<string> | undefined): number | undefined {
  const isDisk = disks === undefined ? isDiskName(name) && /\.(img|raw|iso|asif)$/i.test(name) : disks.has(name);
  return maxBytesOf.get(name) ?? (isDisk && !unmentioned.has(name) ? Number.MAX_SAFE_INTEGER : undefined);
}

/** Whether nobody misses a file or folder once its machine is moved: it came along, or belongs to what is over. */
export function goesWithMove(name: string, disks: ReadonlySet<string>): boolean {
  return unmentioned.has(name) || maxTakenBytes(name, disks) !== undefined;
}

const isDiskName = (name: string): boolean =>
  name === path.basename(name) && !name.startsWith('.') && !/\p{Cc}/u.test(name) && !unmentioned.has(name);

/** A row for what stays behind and might be missed. */
export function othersLeftOut(names: readonly string[], disks: ReadonlySet<string>): LeftOut[] {
  const others = new Set(names.map((name) => name.split('/', 1)[0] ?? ''));
  for (const name of others)
    if (name.startsWith('.') || unmentioned.has(name) || maxTakenBytes(name, disks) !== undefined) others.delete(name);
  if (others.size === 0) return [];
  return [{ setting: `Other files in its folder (${others.size})`, reason: 'No machine here is made of such files.' }];
}
