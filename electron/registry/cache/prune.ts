import { rm } from 'node:fs/promises';
import type { PruneCandidate, PruneReport } from '../../contract/images.ts';
import { FolderLock } from '../../files/locks.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { freeBytes } from '../../files/space.ts';
import type { Work } from '../../jobs/work.ts';
import { readSettings } from '../../settings/settings-file.ts';
import { cacheCandidates, imageCandidates, ipswCandidates } from './candidates.ts';
import { collectGarbage, lockHost } from './collect-garbage.ts';
import { type Candidate, chooseForRoom, judge, type PruneRule, type Verdict } from './prune-rules.ts';
import { linksTo, removeImage } from './remove.ts';
import { hostFolderOf, scanCache } from './scan.ts';

/** What a prune takes and leaves, for a person. */
export function reportOf(verdicts: readonly Verdict[]): PruneReport {
  return {
    candidates: verdicts.map(({ candidate, keptBecause }) => ({
      ...candidateInfo(candidate),
      keptBecause,
    })),
    freedBytes: toDelete(verdicts).reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** One of them as the contract has it. */
export function candidateInfo({ id, kind, name, bytes, accessedAt }: Candidate): PruneCandidate {
  return { id, kind, name, bytes, accessedAt: accessedAt.toISOString() };
}

/** Those that go. */
export function toDelete(verdicts: readonly Verdict[]): Candidate[] {
  return verdicts.flatMap(({ candidate, keptBecause }) => (keptBecause === undefined ? [candidate] : []));
}

/** What a prune of the cache would take and leave, without touching anything. */
export function previewCachePrune(home: Home, rule: PruneRule): PruneReport {
  return reportOf(judge(cacheCandidates(home), rule));
}

/**
 * Deletes what the rule takes from the cache, then what is left behind.
 * @returns what went, which may be less: what came into use meanwhile stays
 */
export async function pruneCache(home: Home, rule: PruneRule, work: Work): Promise<Candidate[]> {
  const removed = await deleteCandidates(toDelete(judge(cacheCandidates(home), rule)), work, (candidate) =>
    deleteFromCache(home, candidate),
  );
  await collectGarbage(home);
  return removed;
}

/** Deletes one after the other; `remove` says whether it went. */
export async function deleteCandidates(
  candidates: readonly Candidate[],
  work: Work,
  remove: (candidate: Candidate) => Promise<boolean>,
): Promise<Candidate[]> {
  const bytesTotal = candidates.reduce((sum, { bytes }) => sum + bytes, 0);
  const removed: Candidate[] = [];
  let bytesDone = 0;
  for (const candidate of candidates) {
    work.signal.throwIfAborted();
    work.progress({
      step: `Deleting ${candidate.name}`,
      bytesDone,
      bytesTotal,
      fraction: share(bytesDone, bytesTotal),
    });
    if (await remove(candidate)) removed.push(candidate);
    bytesDone += candidate.bytes;
  }
  return removed;
}

function share(done: number, total: number): number {
  return total === 0 ? 0 : done / total;
}

async function deleteFromCache(home: Home, { kind, id }: Candidate): Promise<boolean> {
  if (kind === 'image') return await deleteCachedImage(home, id);
  try {
    // Somebody may have taken it up since it was looked at.
    using lock = FolderLock.tryAcquire(id);
    if (lock === undefined) return false;
    await rm(id, { recursive: true });
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function deleteCachedImage(home: Home, id: string): Promise<boolean> {
  const image = scanCache(home.cache).images.find((known) => known.id === id);
  if (image === undefined) return false;
  using lock = lockHost(hostFolderOf(home.cache, image.folder));
  if (lock === undefined) return false;
  return (await removeImage(home, image.folder, linksTo(home, image.folder))) === 'removed';
}

/**
 * Whether the user does not want room to be made: `TART_NO_AUTO_PRUNE` is set, to whatever, as Tart reads it, or the
 * settings say so.
 */
export function isAutomaticPruningOff(): boolean {
  if (process.env.TART_NO_AUTO_PRUNE !== undefined) return true;
  return !readSettings()['images.automaticPruning'];
}

/**
 * What {@link makeRoom} would delete now, in its order. Touches nothing.
 * @param exceptFolder the image that the room is for
 */
export async function planRoom(home: Home, requiredBytes: number, exceptFolder?: string): Promise<Candidate[]> {
  if (isAutomaticPruningOff()) return [];
  const free = await freeBytes(home.cache);
  if (requiredBytes <= free) return [];
  const except = scanCache(home.cache).images.find(({ folder }) => folder === exceptFolder)?.id;
  const candidates = [...imageCandidates(home), ...ipswCandidates(home)].filter(({ id }) => id !== except);
  return chooseForRoom(candidates, requiredBytes, free);
}

/**
 * Deletes what was not used for longest until `requiredBytes` are free on the volume of the cache, with Tart's rule: see
 * {@link chooseForRoom}. Does nothing where automatic pruning is off.
 * @param exceptFolder the image that the room is for
 * @returns bytes that were freed
 */
export async function makeRoom(home: Home, requiredBytes: number, work: Work, exceptFolder?: string): Promise<number> {
  const chosen = await planRoom(home, requiredBytes, exceptFolder);
  if (chosen.length === 0) return 0;
  // How far it is says nothing of the work that needs the room.
  const quiet: Work = {
    signal: work.signal,
    progress: ({ step }) => work.progress(step === undefined ? {} : { step }),
  };
  const removed = await deleteCandidates(chosen, quiet, (candidate) => deleteFromCache(home, candidate));
  await collectGarbage(home);
  return removed.reduce((sum, { bytes }) => sum + bytes, 0);
}
