import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readBounded } from '../../files/bounded-file.ts';
import { parseBoundedJson } from '../../files/bounded-json.ts';
import { codeOf, hasCode } from '../../files/error-codes.ts';
import type { Home } from '../../library/home.ts';
import { FolderLock } from '../../files/locks.ts';

const noteSchema = z.object({ aside: z.string(), device: z.number() });
/** A drive that was not connected for so long is not waited for. */
const waitMs = 30 * 24 * 60 * 60 * 1000;

interface Noted {
  /** The hidden folder. */
  readonly aside: string;
  /** Of the folder around it, as `stat` numbers them. */
  readonly device: number;
  readonly note: string;
}

function notesFolder(home: Home): string {
  return path.join(home.cache, 'Tatin', 'exports');
}

/**
 * A note in the home of where half an export lies: in a hidden folder of the user's, which nobody would find after a
 * kill. Held by a `flock` as long as the export is at work.
 */
export class PartialExport implements Disposable {
  readonly #noted: Noted;
  /** Absent where no note can be kept. */
  readonly #lock: FolderLock | undefined;

  private constructor(noted: Noted, lock: FolderLock | undefined) {
    this.#noted = noted;
    this.#lock = lock;
  }

  /** Notes where an export will lie, before there is anything of it. A home that can't be written to has none. */
  static async note(home: Home, aside: string): Promise<PartialExport> {
    const { dev } = await stat(path.dirname(aside));
    const noted = { aside, device: dev, note: path.join(notesFolder(home), `${randomUUID()}.json`) };
    let lock: FolderLock | undefined;
    try {
      await mkdir(notesFolder(home), { recursive: true, mode: 0o700 });
      while (lock === undefined) {
        await writeFile(noted.note, '', { flag: 'a', mode: 0o600 });
        // None if a sweep came between the two lines.
        lock = tryLock(noted.note);
      }
      await writeFile(noted.note, JSON.stringify({ aside, device: dev }), { flag: 'r+' });
      return new PartialExport(noted, lock);
    } catch (error) {
      lock?.release();
      if (codeOf(error) === undefined) throw error;
      return new PartialExport(noted, undefined);
    }
  }

  /** Deletes what is left of the export and then the note; where that can't be done now, it stays for a sweep. */
  async remove(): Promise<void> {
    await removeNoted(this.#noted);
  }

  [Symbol.dispose](): void {
    this.#lock?.release();
  }
}

/** Deletes what killed exports left, wherever that was; of drives that are not connected, later. */
export async function sweepPartialExports(home: Home): Promise<void> {
  const names = await readdir(notesFolder(home)).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const name of names) {
    const note = path.join(notesFolder(home), name);
    using lock = tryLock(note);
    if (lock === undefined) continue;
    const noted = await readNote(note);
    // A kill before it was written: there is nothing of that export yet.
    if (noted === undefined) await rm(note, { force: true });
    else await removeNoted(noted);
  }
}

async function removeNoted({ aside, device, note }: Noted): Promise<void> {
  try {
    const wasThere = await isFolder(aside);
    await rm(aside, { recursive: true, force: true });
    // On another device than then, it is on a drive that is not there, and not gone.
    const isSame = (await stat(path.dirname(aside))).dev === device;
    if (wasThere || isSame || (await isTooOld(note))) await rm(note, { force: true });
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    if (await isTooOld(note)) await rm(note, { force: true });
  }
}

async function isFolder(folder: string): Promise<boolean> {
  return await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

async function isTooOld(note: string): Promise<boolean> {
  const status = await stat(note).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > waitMs;
}

/** Only what an export made: a note that somebody changed must not have another folder deleted. */
async function readNote(note: string): Promise<Noted | undefined> {
  try {
    const { aside, device } = noteSchema.parse(parseBoundedJson((await readBounded(note)).toString('utf8')));
    const isOurs = path.isAbsolute(aside) && /^\.[0-9a-f-]{36}\.tatin-partial$/.test(path.basename(aside));
    return isOurs ? { aside, device, note } : undefined;
  } catch (error) {
    // Not JSON, no file, not ours, or gone meanwhile.
    if (codeOf(error) === undefined || hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Undefined if an export is at work there, or it is over. */
function tryLock(note: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(note);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
