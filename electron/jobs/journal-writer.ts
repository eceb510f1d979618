import type { Log } from '../host/log.ts';
import { type Demand, JobJournal, type JournalEntry } from './job-journal.ts';

/** Progress is written at most this often, in milliseconds; everything else at once. */
const progressIntervalMs = 1000;

/** Of which jobs the journal is. */
interface Jobs {
  /** What to keep of a job as it is now; undefined if it is no longer on the list. */
  entryOf(jobId: string): JournalEntry | undefined;
  /** Told what another Tatin asks of a job here. */
  onDemand(jobId: string, demand: Demand): void;
}

/**
 * Writes this Tatin's jobs to its journal, one after the other, and opens it when that is first needed. A journal that
 * can't be written, as on a full disk, is logged and fails nothing: the work may be what frees the disk.
 */
export class JournalWriter {
  readonly #folder: string;
  readonly #log: Log;
  readonly #jobs: Jobs;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #opening: Promise<JobJournal | undefined> | undefined;
  /** The last thing done to the journal. */
  #written: Promise<void> = Promise.resolve();
  #isBehind = false;

  /** @param folder holds the journals of all Tatins of this user */
  constructor(folder: string, log: Log, jobs: Jobs) {
    this.#folder = folder;
    this.#log = log;
    this.#jobs = jobs;
  }

  /** Undefined where no journal can be kept. */
  open(): Promise<JobJournal | undefined> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#log.warn('The journal of jobs can’t be kept', error);
      return undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<JobJournal> {
    const journal = await JobJournal.open(this.#folder);
    journal.onDemand((jobId, demand) => this.#jobs.onDemand(jobId, demand));
    return journal;
  }

  /** Writes a job as it is; resolves when that is done or has failed. */
  keep(jobId: string): Promise<void> {
    return this.#write(async (journal) => {
      const entry = this.#jobs.entryOf(jobId);
      if (entry !== undefined) await journal.write(entry);
    });
  }

  /** Writes a job within a second, however often it is called meanwhile. */
  keepSoon(jobId: string): void {
    if (this.#timers.has(jobId)) return;
    const keep = (): void => {
      this.#timers.delete(jobId);
      void this.keep(jobId);
    };
    this.#timers.set(jobId, setTimeout(keep, progressIntervalMs).unref());
  }

  remove(jobId: string): void {
    clearTimeout(this.#timers.get(jobId));
    this.#timers.delete(jobId);
    void this.#write((journal) => journal.remove(jobId));
  }

  /** Resolves when everything that was asked for is written. */
  async settled(): Promise<void> {
    await this.#written;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#written;
    await (await this.#opening)?.close();
  }

  #write(change: (journal: JobJournal) => Promise<void>): Promise<void> {
    this.#written = this.#written.then(async () => {
      const journal = await this.open();
      if (journal === undefined) return;
      try {
        await change(journal);
        this.#isBehind = false;
      } catch (error) {
        // Progress is written again and again, and one line is enough.
        if (!this.#isBehind) this.#log.warn('The journal of jobs was not written', error);
        this.#isBehind = true;
      }
    });
    return this.#written;
  }
}
