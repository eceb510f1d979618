import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { isOpen, jobSchema } from '../contract/job.ts';
import { FolderLock } from '../files/locks.ts';
import { interruptedJob } from './job-states.ts';
import { readBounded } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { replaceFile } from '../files/replace-file.ts';

/** What it takes to do a job again: the name of what was asked, and its input, as they came over the wire. */
const jobRequestSchema = z.object({ procedure: z.string(), input: z.unknown() });
export type JobRequest = z.infer<typeof jobRequestSchema>;

const entrySchema = z.object({ job: jobSchema, request: jobRequestSchema.optional() });
export type JournalEntry = z.infer<typeof entrySchema>;

/** Attempts to make a folder of one's own before another Tatin that starts takes it for a dead one's and removes it. */
const openTries = 10;

/**
 * Jobs on disk: a folder for each running Tatin, held by a flock as long as it lives, with a file for each job. What a
 * dead one left is taken over by the next that opens its own; what a living one has is left alone.
 */
export class JobJournal {
  readonly #own: string;
  readonly #lock: FolderLock;

  private constructor(own: string, lock: FolderLock) {
    this.#own = own;
    this.#lock = lock;
  }

  /** Opens a folder of its own in `folder`, and gives what dead Tatins left there, oldest first. */
  static async open(folder: string): Promise<{ journal: JobJournal; left: JournalEntry[] }> {
    const journal = await JobJournal.#openOwn(folder);
    // A Tatin that was killed while it took over left some entries in two places.
    const left = new Map<string, JournalEntry>();
    for (const name of await readdir(folder))
      for (const entry of await journal.#takeOver(path.join(folder, name))) left.set(entry.job.id, entry);
    const entries = [...left.values()].sort((a, b) => (a.job.createdAt < b.job.createdAt ? -1 : 1));
    return { journal, left: entries };
  }

  static async #openOwn(folder: string): Promise<JobJournal> {
    for (let triesLeft = openTries; triesLeft > 0; triesLeft--) {
      const own = path.join(folder, crypto.randomUUID());
      await mkdir(own, { recursive: true, mode: 0o700 });
      const lock = tryLock(own);
      if (lock !== undefined) return new JobJournal(own, lock);
    }
    throw new AppError('unexpected', `No folder of its own could be kept in ${folder}.`, { retry: true });
  }

  async #takeOver(folder: string): Promise<JournalEntry[]> {
    if (folder === this.#own) return [];
    using lock = tryLock(folder);
    if (lock === undefined) return [];
    const entries: JournalEntry[] = [];
    for (const name of await readdir(folder).catch(() => [])) {
      const entry = await readEntry(path.join(folder, name));
      if (entry === undefined) continue;
      const kept = isOpen(entry.job)
        ? { ...entry, job: interruptedJob(entry.job, entry.request !== undefined) }
        : entry;
      await this.write(kept);
      entries.push(kept);
    }
    await rm(folder, { recursive: true, force: true });
    return entries;
  }

  /** Keeps the entry; a reader sees the old one or the new one, never half. */
  async write(entry: JournalEntry): Promise<void> {
    const file = path.join(this.#own, `${entry.job.id}.json`);
    await replaceFile(file, JSON.stringify(entry));
  }

  async remove(jobId: string): Promise<void> {
    await rm(path.join(this.#own, `${jobId}.json`), { force: true });
  }

  /** Lets go; what is in it waits for the next Tatin. */
  async close(): Promise<void> {
    // Only an empty one goes.
    await rmdir(this.#own).catch(() => undefined);
    this.#lock.release();
  }
}

/** Undefined if somebody has it, or it is gone, or it is no folder of a journal. */
function tryLock(folder: string): FolderLock | undefined {
  try {
    return FolderLock.tryAcquire(folder);
  } catch {
    return undefined;
  }
}

async function readEntry(file: string): Promise<JournalEntry | undefined> {
  if (!file.endsWith('.json')) return undefined;
  try {
    const entry = entrySchema.parse(parseBoundedJson((await readBounded(file)).toString()));
    // Its id becomes a file's name when it is kept.
    return path.basename(file) === `${entry.job.id}.json` ? entry : undefined;
  } catch {
    // A journal that can't be read is worth less than a start that fails because of it.
    return undefined;
  }
}
