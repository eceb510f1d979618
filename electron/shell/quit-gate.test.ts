import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { QuitGate, type QuitActions } from './quit-gate.ts';
import { patienceQuestion, quitQuestion, type Question, type QuitChoice } from './quit.ts';
import { machine, states } from './testing/fixtures.ts';

const running = machine('a', states.running);

/** A gate over an app that quits when it is let, and a person who answers in the order given. */
function scene(answers: string[], duties: Partial<QuitActions> = {}) {
  const log: string[] = [];
  const app = { ended: false };
  const quitted = Promise.withResolvers<undefined>();
  const gate: QuitGate = new QuitGate({
    question: () => quitQuestion([running], []),
    ask: <Choice extends string>(question: Question<Choice>, signal?: AbortSignal) => {
      log.push(`asked: ${question.message}`);
      const answer = answers.shift();
      if (answer !== undefined) return Promise.resolve(answer as Choice);
      // Nobody answers: the question stays until it is taken back, which means its last answer.
      const { promise, resolve } = Promise.withResolvers<Choice>();
      signal?.addEventListener('abort', () => resolve(question.answers.at(-1)!.choice));
      return promise;
    },
    end: (how) => {
      log.push(how);
      return Promise.resolve();
    },
    patience: (how) => patienceQuestion(how, [running]),
    forceStop: () => {
      log.push('force stop');
      return Promise.resolve();
    },
    jobsEnded: () => Promise.resolve(),
    saveDependants: () => Promise.resolve(),
    tell: (error) => {
      log.push(`told: ${error.message}`);
      return Promise.resolve();
    },
    letGo: () => {
      log.push('let go');
      return Promise.resolve();
    },
    quit: () => {
      requestQuit();
      quitted.resolve(undefined);
    },
    ...duties,
  });
  /** What Electron does when anyone wants to quit. */
  const requestQuit = () => {
    let prevented = false;
    gate.beforeQuit({ preventDefault: () => (prevented = true) });
    app.ended ||= !prevented;
  };
  return { gate, log, app, requestQuit, quitted: quitted.promise };
}

/** Ends like Electron's: rejects with the reason once aborted. */
const endsNever: QuitActions['end'] = (_how, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('QuitGate', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const settle = () => vi.advanceTimersByTimeAsync(0);

  it('asks nothing when nothing is at work', async () => {
    const { requestQuit, app, log, quitted } = scene([], { question: () => undefined });
    requestQuit();
    await quitted;
    expect(app.ended).toBe(true);
    expect(log).toEqual(['let go']);
  });

  it.each<[QuitChoice, string[]]>([
    ['leave', ['let go']],
    ['suspend', ['suspend', 'let go']],
    ['shutDown', ['shutDown', 'let go']],
  ])('does what was chosen before the app ends: %s', async (choice, done) => {
    const { requestQuit, app, log, quitted } = scene([choice]);
    requestQuit();
    expect(app.ended).toBe(false);
    await quitted;
    expect(app.ended).toBe(true);
    expect(log).toEqual(['asked: “a” is running', ...done]);
  });

  it('stays when the person cancels, and asks again the next time', async () => {
    const { requestQuit, app, log, quitted } = scene(['cancel', 'leave']);
    requestQuit();
    await settle();
    expect(app.ended).toBe(false);
    requestQuit();
    await quitted;
    expect(log.filter((line) => line.startsWith('asked'))).toHaveLength(2);
  });

  it('asks once, however often quitting is requested', async () => {
    const { requestQuit, log } = scene([]);
    requestQuit();
    requestQuit();
    await settle();
    expect(log).toEqual(['asked: “a” is running']);
  });

  it('tells what went wrong and stays', async () => {
    const { requestQuit, app, log } = scene(['suspend'], {
      end: () => Promise.reject(new AppError('no-space', 'The disk is full.')),
    });
    requestQuit();
    await settle();
    expect(log).toEqual(['asked: “a” is running', 'told: The disk is full.']);
    expect(app.ended).toBe(false);
  });

  it('asks after a while whether to go on waiting, and can be called off', async () => {
    const { requestQuit, app, log } = scene(['shutDown', 'wait', 'cancel'], { end: endsNever });
    requestQuit();
    await vi.advanceTimersByTimeAsync(45_000);
    await vi.advanceTimersByTimeAsync(45_000);
    expect(log).toEqual([
      'asked: “a” is running',
      'asked: “a” has not shut down yet',
      'asked: “a” has not shut down yet',
    ]);
    expect(app.ended).toBe(false);
  });

  it('asks at once whether to go on waiting when quitting is requested again', async () => {
    const { requestQuit, log } = scene(['shutDown', 'cancel'], { end: endsNever });
    requestQuit();
    await settle();
    requestQuit();
    await settle();
    expect(log.at(-1)).toBe('asked: “a” has not shut down yet');
  });

  it('takes the question back when the last machine ends', async () => {
    const ending = Promise.withResolvers<undefined>();
    const { requestQuit, app, quitted } = scene(['shutDown'], { end: () => ending.promise });
    requestQuit();
    await vi.advanceTimersByTimeAsync(45_000);
    ending.resolve(undefined);
    await quitted;
    expect(app.ended).toBe(true);
  });

  it('can force what does not shut down, and goes on waiting for it', async () => {
    const ending = Promise.withResolvers<undefined>();
    const { requestQuit, app, log, quitted } = scene(['shutDown', 'forceStop'], {
      end: () => ending.promise,
      forceStop: () => {
        ending.resolve(undefined);
        return Promise.resolve();
      },
    });
    requestQuit();
    await vi.advanceTimersByTimeAsync(45_000);
    await quitted;
    expect(app.ended).toBe(true);
    expect(log.at(-1)).toBe('let go');
  });

  it('waits for jobs when asked to, and ends at once when quitting is requested again', async () => {
    const question = () => quitQuestion([], []) ?? { message: 'Jobs', detail: '', answers: [] };
    const jobsEnded: QuitActions['jobsEnded'] = (signal) => endsNever('suspend', signal);
    const { requestQuit, app, quitted } = scene(['whenJobsEnd'], { question, jobsEnded });
    requestQuit();
    await settle();
    expect(app.ended).toBe(false);
    requestQuit();
    await quitted;
    expect(app.ended).toBe(true);
  });

  it('ends although letting go hangs or fails', async () => {
    const hangs = scene(['leave'], { letGo: () => new Promise(() => {}) });
    hangs.requestQuit();
    await vi.advanceTimersByTimeAsync(10_000);
    await hangs.quitted;
    expect(hangs.app.ended).toBe(true);

    vi.spyOn(console, 'error').mockReturnValueOnce();
    const fails = scene(['leave'], { letGo: () => Promise.reject(new Error('No.')) });
    fails.requestQuit();
    await fails.quitted;
    expect(fails.app.ended).toBe(true);
  });

  it('asks nobody after a signal from outside, and saves what can not go on alone', async () => {
    const saved = vi.fn<QuitActions['saveDependants']>().mockResolvedValue();
    const { gate, app, log } = scene([], { saveDependants: saved });
    await gate.quitWithoutPrompt();
    expect(saved).toHaveBeenCalledOnce();
    expect(app.ended).toBe(true);
    expect(log).toEqual(['let go']);
  });
});
