import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { jobSchema, type Job } from '../contract/job.ts';
import { AppError } from '../contract/errors.ts';
import { FolderLock } from '../library/locks.ts';

/** What it takes to do a job again: the name of what was asked, and its input, as they came over the wire. */
export const jobRequestSchema = z.object({ procedure: z.string(), input: z.unknown() });
export type JobRequest = z.infer<typeof jobRequestSchema>;

const entrySchema = z.object({ job: jobSchema, request: jobRequestSchema.optional() });
export type JournalEntry = z.infer<typeof entrySchema>;

const isEnded = (job: Job): boolean => job.state === 'succeeded' || job.state === 'failed' || job.state === 'cancelled';

/**
 * Jobs on disk: a folder for each running Tatin, held by a flock as long as it lives, with a file for each job. What a
 * dead one left is taken over by the next that starts; what a living one has is left alone.
 */
export class JobJournal {
  readonly #own: string;
  readonly #lock: FolderLock;

  private constructor(own: string, lock: FolderLock) {
    this.#own = own;
    this.#lock = lock;
  }

  /** Opens a folder of its own in `folder`, and gives what dead Tatins left there. */
  static async open(folder: string): Promise<{ journal: JobJournal; left: JournalEntry[] }> {
    const own = path.join(folder, crypto.randomUUID());
    await mkdir(own, { recursive: true, mode: 0o700 });
    const lock = FolderLock.tryAcquire(own);
    if (lock === undefined) throw new AppError('unexpected', `Another program holds ${own}, which was just made.`);
    const journal = new JobJournal(own, lock);
    const left: JournalEntry[] = [];
    for (const name of await readdir(folder)) left.push(...(await journal.#takeOver(path.join(folder, name))));
    return { journal, left: left.sort((a, b) => a.job.createdAt.localeCompare(b.job.createdAt)) };
  }

  async #takeOver(folder: string): Promise<JournalEntry[]> {
    if (folder === this.#own) return [];
    let lock: FolderLock | undefined;
    try {
      lock = FolderLock.tryAcquire(folder);
    } catch {
      // Gone meanwhile, or not a folder of ours: nothing to take over.
      return [];
    }
    if (lock === undefined) return [];
    using _held = lock;
    const entries: JournalEntry[] = [];
    for (const name of await readdir(folder).catch(() => [])) {
      const entry = await readEntry(path.join(folder, name));
      if (entry === undefined) continue;
      const closed = {
        ...entry,
        job: isEnded(entry.job) ? entry.job : interrupted(entry.job, entry.request !== undefined),
      };
      await this.write(closed);
      entries.push(closed);
    }
    await rm(folder, { recursive: true, force: true });
    return entries;
  }

  /** Keeps the entry; a reader sees the old one or the new one, never half. */
  async write(entry: JournalEntry): Promise<void> {
    const file = path.join(this.#own, `${entry.job.id}.json`);
    await writeFile(`${file}.partial`, JSON.stringify(entry));
    await rename(`${file}.partial`, file);
  }

  async remove(jobId: string): Promise<void> {
    await rm(path.join(this.#own, `${jobId}.json`), { force: true });
  }

  /** Lets go; what is in it waits for the next Tatin. */
  close(): void {
    this.#lock.release();
  }
}

async function readEntry(file: string): Promise<JournalEntry | undefined> {
  if (!file.endsWith('.json')) return undefined;
  try {
    const parsed = entrySchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // A journal that can't be read is worth less than a start that fails because of it.
    return undefined;
  }
}

function interrupted(job: Job, canRetry: boolean): Job {
  const { secondsLeft: _left, bytesPerSecond: _speed, ...rest } = job;
  const error = new AppError('cancelled', 'Tatin ended while this ran. Nothing half-made was kept.', {
    ...(canRetry ? { hint: 'Try it again.', retry: true } : {}),
  });
  return {
    ...rest,
    state: 'failed',
    endedAt: new Date().toISOString(),
    error: error.toInfo(),
    canCancel: false,
    canRetry,
  };
}
