import { Emitter } from '../contract/emitter.ts';
import { AppError } from '../contract/errors.ts';
import { isOpen, type Job } from '../contract/job.ts';
import type { Log } from '../host/log.ts';
import type { Work } from './work.ts';
import type { Demand, JobRequest } from './job-journal.ts';
import { ProgressMeter } from './job-progress.ts';
import type { JobSource, JobSpec } from './job-spec.ts';
import { JournalWriter } from './journal-writer.ts';
import { OtherJobs } from './other-jobs.ts';
import { afterWork, newJob, cancelledJob, measuredJob, resumedJob, stopReasons, type JobChange } from './job-states.ts';

/** Listeners hear of progress at most this often, in milliseconds; of everything else at once. */
const progressIntervalMs = 100;

/** How many ended jobs are kept. */
const keptEnded = 100;

interface Entry {
  job: Job;
  request: JobRequest | undefined;
  /** Absent if an earlier Tatin began it. */
  spec: JobSpec | undefined;
  /** Absent while it is held, and once it has ended. */
  controller: AbortController | undefined;
  done: Promise<void>;
}

/**
 * Long work of every kind: what runs, what ran, and how to call it off or do it again. The journal is opened when the
 * first job begins, so that a short command in a terminal leaves it alone. Once the list has been asked for, it is that of
 * all Tatins of this user: it has what living ones do, and what dead ones left becomes this one's.
 */
export class JobList {
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new Emitter<JobChange>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #journal: JournalWriter;
  #others: OtherJobs | undefined;
  #isClosed = false;
  readonly #source: JobSource;

  /** @param folder holds the journals of all Tatins of this user */
  constructor(folder: string, log: Log, source: JobSource) {
    this.#log = log;
    this.#source = source;
    this.#journal = new JournalWriter(folder, log, {
      entryOf: (jobId) => {
        const { job, request } = this.#entries.get(jobId) ?? {};
        return job === undefined ? undefined : { job, ...(request === undefined ? {} : { request }) };
      },
      onDemand: (jobId, demand) => {
        if (!this.#entries.has(jobId)) return;
        this[demand](jobId).catch((error: unknown) => log.warn(`Another Tatin asked to ${demand} a job`, error));
      },
    });
  }

  /** Newest first; with what ended before this Tatin began, what was cut off as failed, and what other Tatins do now. */
  async list(): Promise<Job[]> {
    await this.#follow();
    const own = [...this.#entries.values()].map(({ job }) => job);
    const jobs = [...own, ...(this.#others?.jobs ?? []).filter(({ id }) => !this.#entries.has(id))];
    return jobs.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  }

  /** Starts work at once and returns its first state; it goes on whether anybody watches or not. */
  start(spec: JobSpec): Job {
    const entry: Entry = {
      job: newJob(spec),
      request: spec.request,
      spec,
      controller: undefined,
      done: Promise.resolve(),
    };
    this.#entries.set(entry.job.id, entry);
    this.#begin(entry, spec);
    return entry.job;
  }

  #begin(entry: Entry, spec: JobSpec): void {
    const controller = new AbortController();
    entry.controller = controller;
    this.#tell(entry);
    entry.done = this.#run(entry, spec, controller.signal);
  }

  async #run(entry: Entry, spec: JobSpec, signal: AbortSignal): Promise<void> {
    await this.#journal.keep(entry.job.id);
    const meter = new ProgressMeter();
    const progress: Work['progress'] = (report) => {
      if (entry.controller?.signal !== signal || entry.job.state !== 'running') return;
      entry.job = measuredJob(entry.job, meter.report(report));
      this.#tellSoon(entry);
      this.#journal.keepSoon(entry.job.id);
    };
    const setRetryRequest = (request: JobRequest): void => {
      entry.request = request;
      // What is left is another piece of work, which loses what it has done when it is stopped.
      if (entry.job.state === 'running') entry.job = { ...entry.job, canPause: false };
      void this.#journal.keep(entry.job.id);
    };
    const thrown: unknown = await spec.run({ signal, progress }, setRetryRequest).then(
      () => undefined,
      (error: unknown) => error ?? new Error('It failed without giving a reason.'),
    );
    const stop: unknown = signal.aborted ? signal.reason : undefined;
    if (entry.job.state === 'running') entry.job = afterWork(entry.job, thrown, stop, entry.request !== undefined);
    if (entry.job.state === 'succeeded' && spec.file !== undefined) entry.job = { ...entry.job, file: spec.file };
    if (entry.job.state === 'failed') this.#log.warn(`${entry.job.title} failed`, thrown);
    entry.controller = undefined;
    this.#tell(entry);
    await this.#journal.keep(entry.job.id);
    if (entry.job.state === 'cancelled') this.#abandon(entry);
    await this.#forgetOldest();
  }

  /** Resolves with the job once its work has ended, however that was; of a held one at once. @throws AppError `job-not-found` */
  async ended(jobId: string): Promise<Job> {
    const entry = this.#find(jobId);
    await entry.done;
    return entry.job;
  }

  /**
   * Calls a job off, if it still runs or is held; it ends when its work has cleaned up.
   * @throws AppError `job-not-found`, `timeout` if another Tatin does it and does not react
   */
  async cancel(jobId: string): Promise<void> {
    if (await this.#demand(jobId, 'cancel')) return;
    const entry = this.#find(jobId);
    entry.controller?.abort(stopReasons.cancel);
    // It was about to be held.
    if (entry.controller?.signal.reason === stopReasons.pause) await entry.done;
    if (entry.job.state !== 'paused') return;
    entry.job = cancelledJob(entry.job, entry.request !== undefined);
    this.#tell(entry);
    await this.#journal.keep(entry.job.id);
    this.#abandon(entry);
  }

  /**
   * Holds a job that can go on later; resolves when its work has stopped, or when another Tatin that does it knows.
   * @throws AppError `job-not-found`, `not-allowed` if it can't be held, `timeout` as {@link cancel}
   */
  async pause(jobId: string): Promise<void> {
    if (await this.#demand(jobId, 'pause')) return;
    const entry = this.#find(jobId);
    if (entry.job.state === 'paused') return;
    if (entry.controller === undefined || entry.job.state !== 'running' || !entry.job.canPause)
      throw new AppError('not-allowed', `“${entry.job.title}” can’t be paused.`);
    entry.controller.abort(stopReasons.pause);
    await entry.done;
  }

  /**
   * Lets a held job go on from what it has kept.
   * @throws AppError `job-not-found`, `not-allowed` if it is not held, `timeout` as {@link cancel}
   */
  async resume(jobId: string): Promise<void> {
    if (await this.#demand(jobId, 'resume')) return;
    const entry = this.#find(jobId);
    if (entry.controller !== undefined) return;
    if (entry.job.state !== 'paused') throw new AppError('not-allowed', `“${entry.job.title}” is not paused.`);
    if (entry.spec === undefined) {
      // An earlier Tatin began it, so what it does is known only by its request.
      await this.#again(entry);
      return;
    }
    entry.job = resumedJob(entry.job);
    this.#begin(entry, entry.spec);
  }

  /** Does a job that failed or was cancelled again, in its place. @throws AppError `job-not-found`, `not-allowed` */
  async retry(jobId: string): Promise<Job> {
    await this.#follow();
    const entry = this.#find(jobId);
    if (!('canRetry' in entry.job) || !entry.job.canRetry)
      throw new AppError('not-allowed', `“${entry.job.title}” can’t be tried again from here.`);
    return await this.#again(entry);
  }

  async #again({ job, request }: Entry): Promise<Job> {
    if (request === undefined) throw new AppError('not-allowed', `“${job.title}” can’t be tried again from here.`);
    const again = this.start(await this.#source.prepare(request));
    // A second click may have done it too.
    if (this.#entries.has(job.id)) this.#forget(job.id);
    return again;
  }

  /** Takes an ended job off the list, or all of them. @throws AppError `job-not-found`, `not-allowed` if it runs */
  async dismiss(jobId?: string): Promise<void> {
    await this.#follow();
    if (jobId !== undefined && isOpen(this.#find(jobId).job))
      throw new AppError('not-allowed', 'This job has not ended.', { hint: 'Cancel it first.' });
    const ended = this.#endedIds().filter((id) => id === (jobId ?? id));
    for (const id of ended) {
      this.#abandon(this.#find(id));
      this.#forget(id);
    }
    await this.#journal.settled();
  }

  /** Calls `listener` for every change until the returned function is called. */
  onChange(listener: (change: JobChange) => void): () => void {
    return this.#changes.on(listener);
  }

  #abandon({ job, request }: Entry): void {
    if (request === undefined || job.state === 'succeeded') return;
    this.#source.abandon(request);
  }

  /** Stops a job and keeps what it has done, for the same request to go on from; resolves when its work has stopped. */
  async interrupt(jobId: string): Promise<void> {
    const entry = this.#find(jobId);
    entry.controller?.abort(stopReasons.interrupt);
    await entry.done;
  }

  /** Takes a job off the list when its work has ended, as one that its person knows the end of. Nothing is abandoned. */
  async withdraw(jobId: string): Promise<void> {
    await this.#find(jobId).done;
    this.#forget(jobId);
    await this.#journal.settled();
  }

  /** Calls off what runs and waits until it has cleaned up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { controller } of this.#entries.values()) controller?.abort(stopReasons.close);
    await Promise.all([...this.#entries.values()].map(({ done }) => done));
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#others?.close();
    await this.#journal.close();
    this.#changes[Symbol.dispose]();
  }

  #find(jobId: string): Entry {
    const entry = this.#entries.get(jobId);
    if (entry !== undefined) return entry;
    const other = this.#others?.jobs.find(({ id }) => id === jobId);
    if (other === undefined) throw new AppError('job-not-found', 'This job is no longer on the list.');
    throw new AppError('not-allowed', `Another Tatin is at work on “${other.title}”.`, { hint: 'Cancel it first.' });
  }

  /** Oldest first. */
  #endedIds(): string[] {
    const ended = [...this.#entries.values()].filter(({ job }) => !isOpen(job));
    return ended.sort((a, b) => (a.job.createdAt < b.job.createdAt ? -1 : 1)).map(({ job }) => job.id);
  }

  async #forgetOldest(): Promise<void> {
    const ended = this.#endedIds();
    for (const id of ended.slice(0, Math.max(0, ended.length - keptEnded))) this.#forget(id);
    await this.#journal.settled();
  }

  #forget(jobId: string): void {
    this.#entries.delete(jobId);
    clearTimeout(this.#timers.get(jobId));
    this.#timers.delete(jobId);
    this.#journal.remove(jobId);
    this.#changes.emit({ kind: 'removed', jobId });
  }

  /** Opens the journal and looks at those of other Tatins, now and as long as this one stays. */
  async #follow(): Promise<void> {
    const journal = await this.#journal.open();
    if (journal === undefined || this.#isClosed) return;
    this.#others ??= new OtherJobs(journal, this.#log, {
      onTaken: ({ job, request }) => {
        const entry = { job, request, spec: undefined, controller: undefined, done: Promise.resolve() };
        this.#entries.set(job.id, entry);
        this.#tell(entry);
      },
      onChange: (change) => {
        // A job that was taken over is told of as this one's.
        if (!this.#entries.has(change.kind === 'changed' ? change.job.id : change.jobId)) this.#changes.emit(change);
      },
    });
    await this.#others.look();
  }

  /** Whether the job is another Tatin's, which then knows what is asked of it. */
  async #demand(jobId: string, demand: Demand): Promise<boolean> {
    if (this.#entries.has(jobId)) return false;
    await this.#follow();
    // It may have been taken over just now.
    if (this.#entries.has(jobId)) return false;
    return (await this.#others?.demand(jobId, demand)) ?? false;
  }

  #tellSoon(entry: Entry): void {
    if (this.#timers.has(entry.job.id)) return;
    this.#timers.set(entry.job.id, setTimeout(() => this.#tell(entry), progressIntervalMs).unref());
  }

  #tell(entry: Entry): void {
    clearTimeout(this.#timers.get(entry.job.id));
    this.#timers.delete(entry.job.id);
    this.#changes.emit({ kind: 'changed', job: entry.job });
  }
}
