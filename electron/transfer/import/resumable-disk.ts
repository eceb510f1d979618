import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { cloneFile } from '../../files/posix.ts';
import { copyOpenFile, copyRange, requireLength } from '../../files/copy.ts';
import { hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { requireSpace } from '../../files/space.ts';
import type { Work } from '../../jobs/work.ts';
import { leafOf, openPart, type Part, pathOf } from './door.ts';
import { fillDisk, requireLength as requireDiskLength } from './fill-disk.ts';
import type { ConvertibleDisk, DiskPiece } from './import-plan.ts';
import { KeptWork } from './kept-work.ts';
import { withNewDiskFile } from './new-disk-file.ts';
import { fingerprint } from './source-files.ts';

/** Where and for whom the work on a long disk is kept, so that another try goes on from there. */
export interface SupervisionStatus {
  readonly home: Home;
  /** Who may give it up, see `discardKeptWork`. */
  readonly owner?: string | undefined;
  /** Disks are made in parts of this length; one that is not longer is made at once. Default 1 GiB, 16 GiB to convert. */
  readonly windowBytes?: number | undefined;
  /** What is done is noted at most so often, for it must be on the drive by then. Default 15 s. */
  readonly checkpointMs?: number | undefined;
}

const defaultWindowBytes = 1024 ** 3;
/** Each part is a program that starts and reads the tables of the image, which must not show in the time of the whole. */
const defaultConvertedBytes = 16 * 1024 ** 3;
const defaultCheckpointMs = 15_000;
/** Places at which what was kept is compared with where it came from. */
const comparedPlaces = 16;
const comparedBytes = 64 * 1024;

interface DiskWork {
  readonly target: string;
  /** Begins the sentence if there is too little room. */
  readonly what: string;
  readonly supervision: SupervisionStatus;
  readonly work: Work;
}

/** Makes a copy of a raw disk: shares its blocks where it can, else copies, from where an earlier try stopped. */
export async function copyDisk(part: Part, { target, what, supervision, work }: DiskWork): Promise<void> {
  await using handle = await openPart(part);
  const source = { handle, name: leafOf(part) };
  const { size, blocks } = await handle.stat();
  const total = Math.min(size, blocks * 512);
  const step = 'Copying the disk';
  const progress = (bytesDone: number): void =>
    work.progress({ step, bytesDone, bytesTotal: Math.max(total, bytesDone) });
  if (size <= (supervision.windowBytes ?? defaultWindowBytes)) {
    await copyOpenFile(source, target, what, { signal: work.signal, onBytes: progress });
    return;
  }
  if (await cloneFile(handle.fd, target)) {
    progress(total);
    return;
  }
  const key = keyOf('copy', [await fingerprint(part)]);
  await using kept = await openKept(key, size, target, supervision);
  if (kept === undefined) {
    await copyOpenFile(source, target, what, { signal: work.signal, onBytes: progress });
    return;
  }
  if (!(await isSame(handle, kept))) await kept.clear();
  const from = kept.doneBytes;
  let done = from === 0 ? 0 : (await kept.handle.stat()).blocks * 512;
  await requireSpace(path.dirname(target), Math.max(0, total - done), what);
  const onBytes = (bytes: number): void => progress((done += bytes));
  await fillInWindows(kept, { from, to: size }, supervision, work.signal, async (start, end) => {
    const range = { source: handle, target: kept.handle, from: start, to: end, name: source.name };
    await copyRange(range, { signal: work.signal, onBytes });
  });
  await requireLength(handle, size, source.name);
  // As for a copy that was made at once: a network volume may say only now that it is full.
  await kept.handle.datasync();
  await kept.finish(target);
}

/** Makes a raw disk of images with headers, from where an earlier try stopped. `neededBytes` is about what it takes. */
export async function convertDisk(
  disk: ConvertibleDisk,
  neededBytes: number,
  { target, what, supervision, work }: DiskWork,
): Promise<void> {
  const progress = (fraction: number): void =>
    work.progress({
      step: 'Converting the disk',
      fraction,
      bytesDone: Math.round(fraction * neededBytes),
      bytesTotal: neededBytes,
    });
  const windowBytes = supervision.windowBytes ?? defaultConvertedBytes;
  const length = await requireDiskLength(disk, work.signal);
  const fill = async (handle: FileHandle, from: number, to: number): Promise<void> => {
    const onFraction = (fraction: number): void => progress((from + fraction * (to - from)) / length);
    await fillDisk(disk, handle, { from, to }, onFraction, work.signal);
  };
  const isShort = length <= windowBytes;
  const parts = new Map(disk.pieces.map(({ place: { part } }) => [pathOf(part), part]));
  const prints = isShort ? [] : await Promise.all([...parts.values()].map(fingerprint));
  const key = keyOf(`convert ${JSON.stringify(disk.pieces.map(withoutPath))}`, prints);
  await using kept = isShort ? undefined : await openKept(key, length, target, supervision);
  const done = kept === undefined ? 0 : kept.doneBytes / length;
  await requireSpace(path.dirname(target), Math.ceil(neededBytes * (1 - done)), what);
  progress(done);
  if (kept === undefined) {
    await withNewDiskFile(target, length, (handle) => fill(handle, 0, length));
    return;
  }
  const inParts = { ...supervision, windowBytes };
  await fillInWindows(kept, { from: kept.doneBytes, to: length }, inParts, work.signal, async (from, to) => {
    await fill(kept.handle, from, to);
  });
  await kept.finish(target);
}

/** A drive that is connected again may be at another place. */
const withoutPath = ({ place, ...piece }: DiskPiece): unknown => ({ ...piece, window: place.window ?? null });

const keyOf = (how: string, prints: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([how, ...prints]))
    .digest('hex');

async function openKept(
  key: string,
  lengthBytes: number,
  target: string,
  { home, owner }: SupervisionStatus,
): Promise<KeptWork | undefined> {
  return await KeptWork.open(home, key, { lengthBytes, owner, besides: path.dirname(target) });
}

/** Whether what was kept is what the source has there, as far as samples tell; nothing kept is no reason to doubt. */
async function isSame(source: FileHandle, kept: KeptWork): Promise<boolean> {
  const [ours, theirs] = [Buffer.alloc(comparedBytes), Buffer.alloc(comparedBytes)];
  for (let place = 1; place <= comparedPlaces; place++) {
    const at = Math.max(0, Math.floor((kept.doneBytes * place) / comparedPlaces) - comparedBytes);
    const length = Math.min(comparedBytes, kept.doneBytes - at);
    await kept.handle.read(ours, 0, length, at);
    await source.read(theirs, 0, length, at);
    if (!ours.subarray(0, length).equals(theirs.subarray(0, length))) return false;
  }
  return true;
}

/** Makes a disk part by part, and notes how far it is now and then, and when it stops early. */
async function fillInWindows(
  kept: KeptWork,
  { from, to }: { from: number; to: number },
  { windowBytes = defaultWindowBytes, checkpointMs = defaultCheckpointMs }: SupervisionStatus,
  signal: AbortSignal,
  fill: (from: number, to: number) => Promise<void>,
): Promise<void> {
  let done = from;
  let notedMs = performance.now();
  try {
    while (done < to) {
      signal.throwIfAborted();
      const end = Math.min(to, done + windowBytes);
      await fill(done, end);
      done = end;
      if (performance.now() - notedMs < checkpointMs || done === to) continue;
      await kept.checkpoint(done);
      notedMs = performance.now();
    }
  } catch (error) {
    await keepOrFree(kept, done, error);
    throw error;
  }
}

/** Half a disk on a full volume is in the way of what would free it. */
async function keepOrFree(kept: KeptWork, done: number, error: unknown): Promise<void> {
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    await kept.handle.truncate(0);
    await kept.discard();
  }
  // It has failed already; that it can't be noted either says nothing new.
  else if (done > kept.doneBytes) await kept.checkpoint(done).catch(() => undefined);
}
