import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { isOpen, jobSchema } from '../contract/job.ts';
import { FolderLock } from '../files/locks.ts';
import { interruptedJob } from './job-states.ts';
import { readBounded } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { openWatch } from '../files/open-watch.ts';
import { replaceFile } from '../files/replace-file.ts';

/** What it takes to do a job again: the name of what was asked, and its input, as they came over the wire. */
const jobRequestSchema = z.object({ procedure: z.string(), input: z.unknown() });
export type JobRequest = z.infer<typeof jobRequestSchema>;

const entrySchema = z.object({ job: jobSchema, request: jobRequestSchema.optional() });
export type JournalEntry = z.infer<typeof entrySchema>;

const demandSchema = z.enum(['cancel', 'pause', 'resume']);
/** What one Tatin asks of a job of another. */
export type Demand = z.infer<typeof demandSchema>;

/** Attempts to make a folder of one's own before another Tatin that starts takes it for a dead one's and removes it. */
const openTries = 10;
/** Where the system has no watch to give, a demand is looked for this often, in milliseconds. */
const lookIntervalMs = 1000;
/** How long an owner may take to see a demand, in milliseconds: several looks of a busy computer. */
const maxAnswerMs = 10_000;
const answerLookMs = 50;

/**
 * Jobs on disk: a folder for each running Tatin, held by a flock as long as it lives, with a file for each job. What a
 * dead one left can be taken over; what a living one has can be read, and is changed by its owner alone. A demand is an
 * empty file `<job id>.<demand>` in the owner's folder, which the owner deletes when it has seen it.
 */
export class JobJournal {
  readonly #folder: string;
  readonly #own: string;
  readonly #lock: FolderLock;
  #stopListening = (): void => undefined;

  private constructor(folder: string, own: string, lock: FolderLock) {
    this.#folder = folder;
    this.#own = own;
    this.#lock = lock;
  }

  /** Opens a folder of its own in `folder`, and leaves all others alone. */
  static async open(folder: string): Promise<JobJournal> {
    for (let triesLeft = openTries; triesLeft > 0; triesLeft--) {
      const own = path.join(folder, crypto.randomUUID());
      await mkdir(own, { recursive: true, mode: 0o700 });
      const lock = tryLock(own);
      if (lock !== undefined) return new JobJournal(folder, own, lock);
    }
    throw new AppError('unexpected', `No folder of its own could be kept in ${folder}.`, { retry: true });
  }

  /** The folder that holds the folders of all Tatins. */
  get folder(): string {
    return this.#folder;
  }

  /** Absolute paths of the folders of other Tatins, living or dead. */
  async others(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.map((name) => path.join(this.#folder, name)).filter((folder) => folder !== this.#own);
  }

  /**
   * Makes jobs of a dead Tatin this one's. Gives undefined, and changes nothing, if it lives.
   * @param which `open` leaves the ended ones for the next Tatin that starts, so that they are not moved between living ones
   */
  async takeOver(folder: string, which: 'all' | 'open'): Promise<JournalEntry[] | undefined> {
    using lock = tryLock(folder);
    if (lock === undefined) return undefined;
    const taken: JournalEntry[] = [];
    for (const entry of await readEntries(folder)) {
      if (which === 'open' && !isOpen(entry.job)) continue;
      const kept = isOpen(entry.job)
        ? { ...entry, job: interruptedJob(entry.job, entry.request !== undefined) }
        : entry;
      await this.write(kept);
      if (which === 'open') await rm(fileOf(folder, kept.job.id), { force: true });
      taken.push(kept);
    }
    if (which === 'all') await rm(folder, { recursive: true, force: true });
    // Only an empty one goes.
    else await rmdir(folder).catch(() => undefined);
    return taken;
  }

  /** Keeps the entry; a reader sees the old one or the new one, never half. */
  async write(entry: JournalEntry): Promise<void> {
    await replaceFile(fileOf(this.#own, entry.job.id), JSON.stringify(entry));
  }

  async remove(jobId: string): Promise<void> {
    await rm(fileOf(this.#own, jobId), { force: true });
  }

  /** Calls `listener` with each demand of another Tatin until the journal is closed. */
  onDemand(listener: (jobId: string, demand: Demand) => void): void {
    const look = async (): Promise<void> => {
      for (const name of await readdir(this.#own)) {
        const { name: jobId, ext } = path.parse(name);
        const demand = demandSchema.safeParse(ext.slice(1));
        if (!demand.success) continue;
        // Deleted before it is met, so that no look meets it twice. `rm` of what is gone throws here.
        const isMine = await rm(path.join(this.#own, name)).then(
          () => true,
          () => false,
        );
        if (isMine) listener(jobId, demand.data);
      }
    };
    const onChange = (): void => void look().catch(() => undefined);
    const watcher = openWatch(this.#own, onChange);
    const timer = watcher === undefined ? setInterval(onChange, lookIntervalMs).unref() : undefined;
    this.#stopListening = () => {
      watcher?.close();
      clearInterval(timer);
    };
  }

  /**
   * Asks something of a job of the living Tatin whose folder it is; resolves when that Tatin has seen it.
   * @throws AppError `timeout` if it does not react; then nothing is asked any more
   */
  async demand(folder: string, jobId: string, demand: Demand): Promise<void> {
    const file = path.join(folder, `${jobId}.${demand}`);
    await writeFile(file, '', { mode: 0o600 });
    for (let waitedMs = 0; existsSync(file); waitedMs += answerLookMs) {
      if (waitedMs >= maxAnswerMs) {
        await rm(file, { force: true });
        throw new AppError('timeout', 'The Tatin that does this job does not react.', {
          hint: 'It may be a command in a terminal that is stopped.',
          retry: true,
        });
      }
      await delay(answerLookMs);
    }
  }

  /** Releases the folder; what is in it waits for another Tatin. */
  async close(): Promise<void> {
    this.#stopListening();
    // Only an empty one goes.
    await rmdir(this.#own).catch(() => undefined);
    this.#lock.release();
  }
}

/** All jobs in the folder of a Tatin. What can't be read, as of another version, is left out: it must stop nobody's start. */
export async function readEntries(folder: string): Promise<JournalEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(names.map((name) => readEntry(path.join(folder, name))));
  return entries.filter((entry) => entry !== undefined);
}

function fileOf(folder: string, jobId: string): string {
  return path.join(folder, `${jobId}.json`);
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
    return undefined;
  }
}
