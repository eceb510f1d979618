import { type Dirent, lstatSync } from 'node:fs';
import { access, constants, lstat, mkdir, readdir, readlink, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.ts';
import { renameNoReplace } from '../files/posix.ts';
import { lockVm } from './delete.ts';
import { hasCode } from '../files/error-codes.ts';
import { Home } from './home.ts';
import { allocatedBytes } from './home-facts.ts';
import { type HomeMove, type Moving, movingOf, writeMark, unmark } from './home-move-state.ts';
import { vmNames } from './listing.ts';
import { FolderLock, withHomeLock } from '../files/locks.ts';
import { mirrorFolder } from './mirror-folder.ts';
import { retryWhileBusy } from '../files/retry-while-busy.ts';
import { replaceSymlink } from '../files/replace-symlink.ts';
import { freeBytes, requireSpace } from '../files/space.ts';
import type { Work } from '../jobs/work.ts';

/** What moving a home would do. Sizes in bytes, on disk. */
export interface HomeMovePlan {
  /** `finish`: an earlier move was cut off when the home was in its new place already. */
  readonly how: 'rename' | 'copy' | 'finish';
  readonly machineCount: number;
  readonly bytes: number;
  readonly freeBytes: number;
}

/**
 * Says what moving a home would do, and refuses what can't be: a machine that runs, something at the new place, too little
 * room. Changes nothing.
 * @throws AppError `invalid-input`, `home-unavailable`, `vm-running`, `vm-locked`, `no-space`, `file-exists`
 */
export async function planHomeMove(move: HomeMove): Promise<HomeMovePlan> {
  const moving = await movingOf(requireSensible(move));
  const above = path.dirname(move.to);
  if (moving.how === 'finish') return { how: 'finish', machineCount: 0, bytes: 0, freeBytes: await freeBytes(above) };
  await requirePlace(moving, move.to);
  const home = new Home(moving.origin);
  const names = await vmNames(home);
  using _locks = lockAll(home, names);
  requireNothingInTheMaking(home, await readdir(home.tmp).catch(() => []));
  if (moving.how === 'rename') {
    return { how: 'rename', machineCount: names.length, bytes: 0, freeBytes: await freeBytes(above) };
  }
  const bytes = await allocatedBytes(home.path);
  const there = await allocatedBytes(moving.isPlaced ? move.to : moving.staging);
  await requireSpace(above, bytes - there, `Moving ${move.from}`);
  return { how: 'copy', machineCount: names.length, bytes, freeBytes: await freeBytes(above) };
}

/**
 * Moves a home to another folder: with one rename, or to another volume by copies that are compared before the originals
 * go. Until `onThere` is called the home is whole where it was, from then on where it goes; work that was cut off, at any
 * moment, goes on when the same is asked again. Machines can't be started meanwhile. Tag links of images, which hold whole
 * paths, say the new ones.
 * @param onThere the home is in its new place, and is to be looked for there
 * @throws AppError as {@link planHomeMove}
 */
export async function moveHome(move: HomeMove, work: Work, onThere: () => Promise<void>): Promise<void> {
  await planHomeMove(move);
  const moving = await movingOf(move);
  if (moving.how === 'rename') await moveByRename(move, moving);
  else if (moving.how === 'copy') await moveByCopy(move, moving, work);
  work.progress({ step: 'Cleaning up' });
  await repairLinks(move.to, linkTextOf(move, moving.origin));
  await onThere();
  await rm(moving.aside, { recursive: true, force: true });
  // The name may have been a link to the folder that moved.
  if (lstatSync(move.from, { throwIfNoEntry: false })?.isSymbolicLink() === true) await rm(move.from);
  await unmark(move.to);
}

/** Deletes what a move that nobody will go on with has copied; a home is never touched. */
export async function discardHomeMove(move: HomeMove): Promise<void> {
  const moving = await movingOf(requireSensible(move));
  if (moving.how !== 'copy' || moving.isPlaced || !(await isThere(moving.staging))) return;
  using lock = FolderLock.tryAcquire(moving.staging);
  if (lock !== undefined) await rm(moving.staging, { recursive: true, force: true });
}

function requireSensible(move: HomeMove): HomeMove {
  const { from, to } = move;
  if (!path.isAbsolute(from) || !path.isAbsolute(to))
    throw new AppError('invalid-input', 'Both folders must be named by their whole paths.');
  const isInside = (inner: string, outer: string): boolean => `${inner}/`.startsWith(`${outer}/`);
  if (isInside(to, from) || isInside(from, to))
    throw new AppError('invalid-input', `${to} and ${from} are inside one another.`, {
      hint: 'Choose a folder beside it or on another drive.',
    });
  return move;
}

async function requirePlace({ origin, isPlaced }: Moving, to: string): Promise<void> {
  const above = path.dirname(to);
  const status = await lstat(above).catch(() => undefined);
  if (status === undefined)
    throw new AppError('home-unavailable', `There is no folder ${above} to hold ${path.basename(to)}.`, {
      hint: 'Connect its drive, or choose another folder.',
      retry: true,
    });
  for (const folder of [above, path.dirname(origin)])
    await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
      throw new AppError('file-not-allowed', `Nothing can be put into ${folder} or taken out of it.`, {
        hint: 'Check who owns that folder.',
        cause: error,
      });
    });
  const there = await readdir(to).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw new AppError('file-exists', `${to} is there already, and is not a folder.`, { cause: error });
  });
  if (there.length > 0 && !isPlaced)
    throw new AppError('file-exists', `${to} has something in it already.`, {
      hint: 'Choose a folder that is empty or not there yet.',
    });
  if ((await lstat(origin)).dev !== (await lstat(path.dirname(origin))).dev)
    throw new AppError('not-supported', `${origin} is a whole volume, which can’t be moved away.`, {
      hint: 'Move its machines out one by one, by export and import.',
    });
}

async function moveByRename({ from, to }: HomeMove, { origin }: Moving): Promise<void> {
  await inPeace(new Home(origin), new Locks(), async () => {
    await writeMark(origin, { from, origin, phase: 'switched' });
    await rmdir(to).catch(unlessMissing);
    if (renameNoReplace(origin, to) === 'exists')
      throw new AppError('file-exists', `${to} has something in it already.`);
    if (await isThere(origin)) await rename(origin, to);
  });
}

async function moveByCopy(move: HomeMove, moving: Moving, work: Work): Promise<void> {
  const { origin, staging, aside } = moving;
  const home = new Home(origin);
  // Since that move was cut off, the machines may have run where they were.
  if (moving.isPlaced) await rename(move.to, staging);
  await mkdir(staging).catch(unlessThere);
  using lock = FolderLock.tryAcquire(staging);
  if (lock === undefined)
    throw new AppError('vm-locked', `Another Tatin is moving ${origin} to the same place.`, { retry: true });
  using locks = new Locks();
  const linkText = linkTextOf(move, origin);
  const mirror = async (bytesTotal: number | undefined): Promise<void> => {
    let bytesDone = 0;
    await mirrorFolder(origin, staging, {
      linkText,
      signal: work.signal,
      onFile: (name) => work.progress({ step: `Copying ${name}` }),
      onBytes: (bytes) => {
        bytesDone += bytes;
        if (bytesTotal !== undefined) work.progress({ bytesDone, bytesTotal: Math.max(bytesTotal, bytesDone) });
      },
    });
  };
  locks.take(home, await vmNames(home));
  requireNothingInTheMaking(home, await readdir(home.tmp).catch(() => []));
  await mirror(await allocatedBytes(origin));
  // Images may have come meanwhile, and machines been made: under the lock nothing more does.
  await inPeace(home, locks, async () => {
    await mirror(undefined);
    await writeMark(staging, { from: move.from, origin, phase: 'copied' });
    await rmdir(move.to).catch(unlessMissing);
    await rename(staging, move.to);
    await rename(origin, aside);
    await writeMark(move.to, { from: move.from, origin, phase: 'switched' });
  });
}

/** Runs work while nobody can start, make or change a machine of the home. */
async function inPeace(home: Home, locks: Locks, work: () => Promise<void>): Promise<void> {
  await retryWhileBusy(home.path, (patience) =>
    withHomeLock(
      home,
      async () => {
        locks.take(home, await vmNames(home));
        requireNothingInTheMaking(home, await readdir(home.tmp).catch(() => []));
        using _held = locks;
        await work();
      },
      patience,
    ),
  );
}

/** The running locks of machines, each taken once. */
class Locks implements Disposable {
  readonly #held = new Map<string, Disposable>();

  /** @throws AppError `vm-running` */
  take(home: Home, names: readonly string[]): void {
    for (const name of names)
      if (!this.#held.has(name))
        this.#held.set(name, lockVm(home.vmFolder(name), name, 'Shut it down, then move the home.'));
  }

  [Symbol.dispose](): void {
    for (const lock of this.#held.values()) lock[Symbol.dispose]();
    this.#held.clear();
  }
}

function lockAll(home: Home, names: readonly string[]): Locks {
  const locks = new Locks();
  try {
    locks.take(home, names);
    return locks;
  } catch (error) {
    locks[Symbol.dispose]();
    throw error;
  }
}

/** @throws AppError `vm-locked` if a pull, a copy or an import is at work */
function requireNothingInTheMaking(home: Home, names: readonly string[]): void {
  for (const name of names) {
    const entry = path.join(home.tmp, name);
    if (lstatSync(entry, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    using lock = FolderLock.tryAcquire(entry);
    if (lock === undefined)
      throw new AppError('vm-locked', `Something is being pulled, copied or imported in ${home.path}.`, {
        hint: 'Wait until it is done, or cancel it, then try again.',
        retry: true,
      });
  }
}

/** Tags of images are links with whole paths, and Tart takes only those with its own. */
function linkTextOf({ from, to }: HomeMove, origin: string): (text: string) => string {
  return (text) => {
    const old = [from, origin].find((folder) => text.startsWith(`${folder}/`));
    return old === undefined ? text : path.join(to, text.slice(old.length));
  };
}

async function repairLinks(folder: string, linkText: (text: string) => string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) await repairLinks(place, linkText);
    else if (entry.isSymbolicLink()) await repairLink(place, linkText);
  }
}

async function repairLink(link: string, linkText: (text: string) => string): Promise<void> {
  const before = await readlink(link);
  const after = linkText(before);
  if (after !== before) await replaceSymlink(link, after);
}

const isThere = (place: string): Promise<boolean> =>
  lstat(place).then(
    () => true,
    () => false,
  );

function unlessMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error;
}

function unlessThere(error: unknown): void {
  if (!hasCode(error, 'EEXIST')) throw error;
}
