import { AppError } from '../contract/errors.ts';
import type { Job, JobKind } from '../contract/job.ts';
import type { VmId } from '../contract/machine.ts';
import type { Work } from '../library/vm.ts';
import { JobJournal, type JobRequest, type JournalEntry } from './job-journal.ts';
import { ProgressMeter } from './job-progress.ts';

export interface JobSpec {
  kind: JobKind;
  /** "Making demo-linux", in the user's words. */
  title: string;
  vmId?: VmId;
  /** What was asked, so that it can be asked again, also after a restart. */
  request?: JobRequest;
  run: (work: Work) => Promise<void>;
}

export type JobChange = { kind: 'changed'; job: Job } | { kind: 'removed'; jobId: string };

/** Listeners hear of progress at most this often, in milliseconds; of everything else at once. */
const progressIntervalMs = 100;

/** How many ended jobs are kept. */
const keptEnded = 100;

interface Entry {
  job: Job;
  request: JobRequest | undefined;
  controller: AbortController | undefined;
  done: Promise<void>;
}

/** Long work of every kind: what runs, what ran, and how to call it off or do it again. */
export class JobList {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(change: JobChange) => void>();
  readonly #journal: JobJournal;
  readonly #pendingTold = new Map<string, NodeJS.Timeout>();
  /** Does again what a journal says was asked. */
  #repeat: ((request: JobRequest) => Promise<Job>) | undefined;

  private constructor(journal: JobJournal, left: readonly JournalEntry[]) {
    this.#journal = journal;
    for (const { job, request } of left)
      this.#entries.set(job.id, { job, request, controller: undefined, done: Promise.resolve() });
  }

  /** Opens the list over its journal: what ended before is in it, what was cut off is in it as failed. */
  static async open(folder: string): Promise<JobList> {
    const { journal, left } = await JobJournal.open(folder);
    return new JobList(journal, left);
  }

  /** Says how a request from the journal is made again. */
  onRepeat(repeat: (request: JobRequest) => Promise<Job>): void {
    this.#repeat = repeat;
  }

  /** Newest first. */
  list(): Job[] {
    return [...this.#entries.values()].map(({ job }) => job).reverse();
  }

  /** Starts work at once and returns its first state; it goes on whoever looks. */
  start(spec: JobSpec): Job {
    const controller = new AbortController();
    const job: Job = {
      id: crypto.randomUUID(),
      kind: spec.kind,
      title: spec.title,
      ...(spec.vmId === undefined ? {} : { vmId: spec.vmId }),
      state: 'running',
      createdAt: new Date().toISOString(),
      canCancel: true,
      canRetry: false,
    };
    const entry: Entry = { job, request: spec.request, controller, done: Promise.resolve() };
    this.#entries.set(job.id, entry);
    this.#tell(entry);
    entry.done = this.#run(entry, spec, controller);
    return job;
  }

  async #run(entry: Entry, spec: JobSpec, controller: AbortController): Promise<void> {
    await this.#keep(entry);
    const meter = new ProgressMeter();
    const work: Work = {
      signal: controller.signal,
      progress: (progress) => {
        if (entry.controller === undefined) return;
        entry.job = { ...withoutMeasures(entry.job), ...meter.report(progress) };
        this.#tellSoon(entry);
      },
    };
    let end: Partial<Job>;
    try {
      await spec.run(work);
      end = { state: 'succeeded', fraction: 1, canRetry: false };
    } catch (thrown) {
      const error = AppError.from(thrown);
      const isCancelled = controller.signal.aborted && error.code === 'cancelled';
      const canRetry = entry.request !== undefined;
      end = isCancelled ? { state: 'cancelled', canRetry } : { state: 'failed', error: error.toInfo(), canRetry };
    }
    entry.job = { ...withoutMeasures(entry.job), ...end, endedAt: new Date().toISOString(), canCancel: false };
    entry.controller = undefined;
    this.#tell(entry);
    await this.#keep(entry);
    await this.#forgetOldest();
  }

  /** Resolves with the job once it has ended, however that was. @throws AppError `job-not-found` */
  async ended(jobId: string): Promise<Job> {
    const entry = this.#find(jobId);
    await entry.done;
    return entry.job;
  }

  /** Calls a job off; it ends when its work has cleaned up. @throws AppError `job-not-found` */
  cancel(jobId: string): void {
    this.#find(jobId).controller?.abort(new AppError('cancelled', 'Cancelled.'));
  }

  /** Does a job that failed or was cancelled again, in its place. @throws AppError `job-not-found`, `not-allowed` */
  async retry(jobId: string): Promise<Job> {
    const { job, request } = this.#find(jobId);
    if (!job.canRetry || request === undefined || this.#repeat === undefined)
      throw new AppError('not-allowed', `“${job.title}” can't be tried again from here.`);
    const again = await this.#repeat(request);
    await this.dismiss(jobId);
    return again;
  }

  /** Takes an ended job off the list, or all of them. @throws AppError `job-not-found`, `not-allowed` if it runs */
  async dismiss(jobId?: string): Promise<void> {
    if (jobId !== undefined && this.#find(jobId).controller !== undefined)
      throw new AppError('not-allowed', 'This job still runs.', { hint: 'Cancel it first.' });
    const ended = [...this.#entries].filter(([id, { controller }]) => controller === undefined && (jobId ?? id) === id);
    for (const [id] of ended) await this.#forget(id);
  }

  /** Calls `listener` for every change until the returned function is called. */
  onChange(listener: (change: JobChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls off what runs and waits until it has cleaned up. */
  async close(): Promise<void> {
    for (const { controller } of this.#entries.values()) controller?.abort(new AppError('cancelled', 'Tatin ends.'));
    await Promise.all([...this.#entries.values()].map(({ done }) => done));
    for (const timer of this.#pendingTold.values()) clearTimeout(timer);
    this.#journal.close();
  }

  #find(jobId: string): Entry {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) throw new AppError('job-not-found', 'This job is no longer on the list.');
    return entry;
  }

  async #forgetOldest(): Promise<void> {
    const ended = [...this.#entries].filter(([, { controller }]) => controller === undefined);
    for (const [id] of ended.slice(0, Math.max(0, ended.length - keptEnded))) await this.#forget(id);
  }

  async #forget(jobId: string): Promise<void> {
    this.#entries.delete(jobId);
    await this.#journal.remove(jobId);
    for (const listener of this.#listeners) listener({ kind: 'removed', jobId });
  }

  /** A journal that can't be written (a full disk) must not fail the work itself, which may be what frees the disk. */
  async #keep({ job, request }: Entry): Promise<void> {
    try {
      await this.#journal.write({ job, ...(request === undefined ? {} : { request }) });
    } catch (error) {
      process.emitWarning(`The journal of jobs could not be written: ${String(error)}`);
    }
  }

  #tellSoon(entry: Entry): void {
    if (this.#pendingTold.has(entry.job.id)) return;
    const timer = setTimeout(() => this.#tell(entry), progressIntervalMs);
    timer.unref();
    this.#pendingTold.set(entry.job.id, timer);
  }

  #tell(entry: Entry): void {
    clearTimeout(this.#pendingTold.get(entry.job.id));
    this.#pendingTold.delete(entry.job.id);
    for (const listener of this.#listeners) listener({ kind: 'changed', job: entry.job });
  }
}

/** A job without what only says how it goes at this moment. */
function withoutMeasures(job: Job): Job {
  const { step: _step, fraction: _fraction, bytes: _bytes, bytesPerSecond: _speed, secondsLeft: _left, ...rest } = job;
  return rest;
}
