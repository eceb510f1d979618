import type { FSWatcher } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../contract/errors.ts';
import { isOpen, type OpenJob } from '../contract/job.ts';
import { openWatch } from '../files/open-watch.ts';
import type { Log } from '../host/log.ts';
import { type Demand, type JobJournal, type JournalEntry, readEntries } from './job-journal.ts';
import type { JobChange } from './job-states.ts';

/** Changes come in bursts; one look after the burst is enough. */
const gatherMs = 50;
/** The end of a Tatin sends no message, so it is looked for. */
const tickMs = 1000;

/** Who is told of the jobs of other Tatins. */
interface Listener {
  /** Of a job of a Tatin that is dead, which is this one's from now on. */
  onTaken(entry: JournalEntry): void;
  /** Of one that is taken over: `removed`, after `onTaken`. */
  onChange(change: JobChange): void;
}

interface Followed {
  readonly watcher: FSWatcher | undefined;
  /** Whether its jobs may be others than those that were read. */
  isTouched: boolean;
  jobs: OpenJob[];
}

/**
 * What other living Tatins of this user are doing, by their journals. The jobs of one that dies are taken over. Does not
 * keep the process alive.
 */
export class OtherJobs {
  readonly #journal: JobJournal;
  readonly #log: Log;
  readonly #listener: Listener;
  /** By the absolute path of the Tatin's folder. */
  readonly #followed = new Map<string, Followed>();
  /** Those of dead Tatins that could not be taken over. */
  readonly #refused = new Set<string>();
  readonly #watcher: FSWatcher | undefined;
  readonly #tick: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;
  #told = new Map<string, OpenJob>();
  /** One look follows the other. */
  #looking: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #hasLooked = false;
  #isClosed = false;

  constructor(journal: JobJournal, log: Log, listener: Listener) {
    this.#journal = journal;
    this.#log = log;
    this.#listener = listener;
    this.#watcher = openWatch(journal.folder, () => this.#lookSoon());
    this.#tick = setInterval(() => void this.look(), tickMs).unref();
  }

  /** As they were at the last look. */
  get jobs(): OpenJob[] {
    return [...this.#told.values()];
  }

  /** Looks at all journals; resolves when what they held at the call has been told. */
  look(): Promise<void> {
    this.#waiting ??= this.#looking = this.#looking.then(async () => {
      this.#waiting = undefined;
      if (this.#isClosed) return;
      await this.#look().catch((error: unknown) => this.#log.warn('The jobs of other Tatins were not read', error));
    });
    return this.#waiting;
  }

  /**
   * Asks the Tatin that does the job; false if no other does it.
   * @throws AppError `not-allowed` if it can't be held or is not, `timeout` if that Tatin does not react
   */
  async demand(jobId: string, demand: Demand): Promise<boolean> {
    for (const [folder, { jobs }] of this.#followed) {
      const job = jobs.find(({ id }) => id === jobId);
      if (job === undefined) continue;
      if (demand === 'pause' && job.state === 'running' && !job.canPause)
        throw new AppError('not-allowed', `“${job.title}” can’t be paused.`);
      await this.#journal.demand(folder, jobId, demand);
      return true;
    }
    return false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#tick);
    clearTimeout(this.#gathering);
    this.#watcher?.close();
    await this.#looking;
    for (const { watcher } of this.#followed.values()) watcher?.close();
  }

  #lookSoon(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      void this.look();
    }, gatherMs).unref();
  }

  async #look(): Promise<void> {
    // What had ended before is history, which one Tatin keeps: the first to start after its owner.
    const which = this.#hasLooked ? 'open' : 'all';
    this.#hasLooked = true;
    const folders = new Set(await this.#journal.others());
    for (const folder of folders) {
      const taken = await this.#takeOver(folder, which);
      if (taken === undefined) await this.#read(folder);
      else folders.delete(folder);
      for (const entry of taken ?? []) this.#listener.onTaken(entry);
    }
    for (const [folder, { watcher }] of this.#followed) {
      if (folders.has(folder)) continue;
      watcher?.close();
      this.#followed.delete(folder);
    }
    this.#tell();
  }

  /** Undefined if its owner lives; nothing of what can't be taken now, as on a full disk: the next look tries again. */
  async #takeOver(folder: string, which: 'all' | 'open'): Promise<JournalEntry[] | undefined> {
    try {
      return await this.#journal.takeOver(folder, which);
    } catch (error) {
      if (!this.#refused.has(folder)) this.#log.warn(`The jobs in ${folder} can’t be taken over`, error);
      this.#refused.add(folder);
      return [];
    }
  }

  async #read(folder: string): Promise<void> {
    const followed = this.#followed.get(folder) ?? this.#begin(folder);
    if (!followed.isTouched && followed.watcher !== undefined) return;
    followed.isTouched = false;
    const entries = await readEntries(folder);
    followed.jobs = entries.map(({ job }) => job).filter(isOpen);
  }

  #begin(folder: string): Followed {
    const onChange = (): void => {
      followed.isTouched = true;
      this.#lookSoon();
    };
    const followed: Followed = { watcher: openWatch(folder, onChange), isTouched: true, jobs: [] };
    this.#followed.set(folder, followed);
    return followed;
  }

  #tell(): void {
    const before = this.#told;
    const jobs = [...this.#followed.values()].flatMap((followed) => followed.jobs);
    this.#told = new Map(jobs.map((job) => [job.id, { ...job, elsewhere: true }]));
    for (const [id, job] of this.#told)
      if (!isDeepStrictEqual(job, before.get(id))) this.#listener.onChange({ kind: 'changed', job });
    for (const jobId of before.keys()) if (!this.#told.has(jobId)) this.#listener.onChange({ kind: 'removed', jobId });
  }
}
