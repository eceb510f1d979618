import { AppError } from '../contract/errors.ts';
import type { PatienceChoice, Question, QuitChoice } from './quit.ts';

/** What the gate asks of the app around it. */
export interface QuitActions {
  /** What quitting must ask now; undefined lets the app go at once. */
  question(): Question<QuitChoice> | undefined;
  ask<Choice extends string>(question: Question<Choice>, signal?: AbortSignal): Promise<Choice>;
  /** Ends every machine; rejects with AppError, or with the signal's reason. */
  end(how: 'suspend' | 'shutDown', signal: AbortSignal): Promise<void>;
  /** What to ask while {@link end} takes long; undefined when nothing is left to wait for. */
  patience(how: 'suspend' | 'shutDown'): Question<PatienceChoice> | undefined;
  forceStop(): Promise<void>;
  /** Resolves when no job is at work. */
  jobsEnded(signal: AbortSignal): Promise<void>;
  /** Suspends the machines that can't go on without the app, or shuts them down where they can't be suspended. */
  saveDependants(signal: AbortSignal): Promise<void>;
  tell(error: AppError): Promise<void>;
  /** Writes what must be kept and lets go of everything. Called once. */
  letGo(): Promise<void>;
  /** Asks Electron to quit, which comes back to `beforeQuit`. */
  quit(): void;
}

/** Time that machines have to end before the person is asked whether to go on waiting. */
const patienceMs = 45_000;

/**
 * Time for the same when nobody is asked. A large memory takes minutes to write; a system that shuts down gives an app less,
 * and ends it by itself.
 */
const unaskedMs = 5 * 60_000;

/** Time that letting go may take; what hangs then must not keep the app from ending. */
const letGoMs = 10_000;

/**
 * Stands between the request to quit and the end of the app.
 *
 *     open ──beforeQuit──▶ deciding ──▶ leaving ──▶ (the app ends)
 *       ▲                     │
 *       └────── cancel ◀──────┘
 *
 * A second request while machines still end asks at once whether to go on waiting, so that quitting is never out of reach.
 */
export class QuitGate {
  readonly #duties: QuitActions;
  #state: 'open' | 'deciding' | 'leaving' = 'open';
  #hurry = (): void => {};

  constructor(duties: QuitActions) {
    this.#duties = duties;
  }

  /** Whether windows close because the app ends, not because the person closed them. */
  get leaving(): boolean {
    return this.#state === 'leaving';
  }

  /** For Electron's `before-quit`. */
  beforeQuit(event: { preventDefault(): void }): void {
    if (this.#state === 'leaving') return;
    event.preventDefault();
    if (this.#state === 'deciding') {
      this.#hurry();
      return;
    }
    this.#state = 'deciding';
    void this.#decide();
  }

  /** For a signal from outside, when nobody may be there to answer: saves what would be lost, and leaves. */
  async quitWithoutPrompt(): Promise<void> {
    if (this.#state === 'leaving') return;
    this.#state = 'deciding';
    await this.#duties.saveDependants(AbortSignal.timeout(unaskedMs)).catch((error: unknown) => console.error(error));
    await this.#leave();
  }

  async #decide(): Promise<void> {
    let mayLeave = false;
    try {
      mayLeave = await this.#answered();
    } catch (error) {
      await this.#duties.tell(AppError.from(error));
    }
    // A signal from outside may have decided meanwhile.
    if (this.leaving) return;
    if (mayLeave) await this.#leave();
    else this.#state = 'open';
  }

  async #leave(): Promise<void> {
    this.#state = 'leaving';
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), letGoMs);
    try {
      await Promise.race([this.#duties.letGo(), late.promise]);
    } catch (error) {
      console.error(error);
    } finally {
      clearTimeout(timer);
    }
    this.#duties.quit();
  }

  /** True once nothing stands against leaving. */
  async #answered(): Promise<boolean> {
    const question = this.#duties.question();
    if (question === undefined) return true;
    const choice = await this.#duties.ask(question);
    switch (choice) {
      case 'cancel':
        return false;
      case 'leave':
        return true;
      case 'whenJobsEnd':
        return this.#waitForJobs();
      case 'suspend':
      case 'shutDown':
        return this.#endMachines(choice);
    }
  }

  async #waitForJobs(): Promise<boolean> {
    const gaveUp = new AbortController();
    // Wishing again means: now.
    this.#hurry = () => gaveUp.abort();
    try {
      await this.#duties.jobsEnded(gaveUp.signal);
    } catch (error) {
      if (!gaveUp.signal.aborted) throw error;
    } finally {
      this.#hurry = () => {};
    }
    return true;
  }

  async #endMachines(how: 'suspend' | 'shutDown'): Promise<boolean> {
    const cancelled = new AbortController();
    const done = new AbortController();
    const ending = this.#duties.end(how, cancelled.signal).finally(() => done.abort());
    const asking = this.#askWhileWaiting(how, done.signal).then((goOn) => {
      if (!goOn) cancelled.abort();
    });
    try {
      await ending;
      return true;
    } catch (error) {
      if (cancelled.signal.aborted) return false;
      throw error;
    } finally {
      await asking;
      this.#hurry = () => {};
    }
  }

  /** Asks from time to time until `done`; false if the person would rather stay. */
  async #askWhileWaiting(how: 'suspend' | 'shutDown', done: AbortSignal): Promise<boolean> {
    const isDone = (): boolean => done.aborted;
    while (!isDone()) {
      await this.#patienceEnds(done);
      const question = isDone() ? undefined : this.#duties.patience(how);
      if (question === undefined) continue;
      // When the last machine ends, the sheet closes by itself and its answer no longer matters.
      const choice = await this.#duties.ask(question, done);
      if (isDone()) break;
      if (choice === 'cancel') return false;
      if (choice === 'forceStop') await this.#duties.forceStop();
    }
    return true;
  }

  #patienceEnds(done: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const end = (): void => resolve(undefined);
    const timer = setTimeout(end, patienceMs);
    done.addEventListener('abort', end);
    this.#hurry = end;
    return promise.finally(() => {
      clearTimeout(timer);
      done.removeEventListener('abort', end);
    });
  }
}
