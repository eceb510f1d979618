import { lstat, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { readBounded } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { deleteLeftOvers, replaceFile } from '../files/replace-file.ts';

/** A home and its new place: whole paths, neither inside the other. */
export interface HomeMove {
  readonly from: string;
  readonly to: string;
}

/** How far a move is, as the disk says. */
export interface Moving {
  readonly how: 'rename' | 'copy' | 'finish';
  /** The folder behind `from`, links followed. */
  readonly origin: string;
  /** Where copies are until all are made: beside the new place. */
  readonly staging: string;
  /** Where the originals are while they are deleted: beside the old place. */
  readonly aside: string;
  /** Whether the copies have the new place already, while the originals are where they were. */
  readonly isPlaced: boolean;
}

/** Lies in a home that is moved until all is done. */
const markName = '.tatin-moved-from.json';
const markSchema = z.object({
  from: z.string(),
  origin: z.string(),
  /** `copied`: it is whole in both places, and the old one counts. `switched`: the new one does. */
  phase: z.enum(['copied', 'switched']),
});
export type Mark = z.infer<typeof markSchema>;

/** @throws AppError `home-unavailable` if there is nothing to move */
export async function movingOf({ from, to }: HomeMove): Promise<Moving> {
  const mark = await readMark(to, from);
  const origin = mark?.origin ?? (await realpath(from).catch(() => undefined));
  if (origin === undefined) throw nothingThere(from);
  const moving = { origin, staging: `${to}.tatin-moving`, aside: `${origin}.tatin-moved` };
  // Between the move of the old home and the note of it lies a moment.
  const isSwitched = mark !== undefined && (mark.phase === 'switched' || (await deviceOf(moving.aside)) !== undefined);
  if (isSwitched) return { ...moving, how: 'finish', isPlaced: true };
  const device = await deviceOf(origin);
  if (device === undefined) throw nothingThere(from);
  const isSameVolume = device === (await deviceOf(path.dirname(to)));
  return { ...moving, how: isSameVolume ? 'rename' : 'copy', isPlaced: mark !== undefined };
}

async function deviceOf(place: string): Promise<number | undefined> {
  return (await lstat(place).catch(() => undefined))?.dev;
}

function nothingThere(from: string): AppError {
  return new AppError('home-unavailable', `There is no home at ${from}.`, {
    hint: 'If it is on a drive, connect that.',
    retry: true,
  });
}

async function readMark(home: string, from: string): Promise<Mark | undefined> {
  try {
    const text = (await readBounded(path.join(home, markName))).toString();
    const mark = markSchema.safeParse(parseBoundedJson(text)).data;
    return mark?.from === from ? mark : undefined;
  } catch {
    return undefined;
  }
}

/** Says in a home where it comes from, in one step. */
export async function writeMark(home: string, mark: Mark): Promise<void> {
  const file = path.join(home, markName);
  await replaceFile(file, `${JSON.stringify(mark)}\n`, { flush: true });
}

export async function unmark(home: string): Promise<void> {
  await rm(path.join(home, markName), { force: true });
  await deleteLeftOvers(path.join(home, markName), 0);
}
