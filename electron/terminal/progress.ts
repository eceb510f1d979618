import { measureTexts } from '../contract/words/jobs.ts';
import { type Progress, ProgressMeter } from '../jobs/job-progress.ts';
import type { Work } from '../jobs/work.ts';
import type { Job } from '../contract/job.ts';
import { type Terminal, isWatched } from './terminal.ts';

/** How fast it goes, where that is known. */
export interface Speed {
  readonly bytesPerSecond?: number | undefined;
  readonly secondsLeft?: number | undefined;
}

const barCells = 24;
/** A person can't read faster; Tart's lines come once a second. */
const redrawMs = 100;
const lineMs = 1000;

/**
 * Runs long work and shows how far it is on standard error: a line rewritten in place for a person; else plain lines,
 * only when the percentage or the step changed and at most one a second. Interrupting the command calls the work off.
 */
export async function withProgress<T>(terminal: Terminal, title: string, run: (work: Work) => Promise<T>): Promise<T> {
  const display = displayOn(terminal, title);
  const meter = new ProgressMeter();
  let known: Progress = {};
  try {
    return await run({
      signal: terminal.interrupted,
      progress: (news) => {
        // A new step starts without numbers.
        known = news.step === undefined || news.step === known.step ? { ...known, ...news } : news;
        display.show(known, meter.report(news));
      },
    });
  } finally {
    display.end();
  }
}

/** Shows how far a job is until disposed of, in the same ways as {@link withProgress}. @param follow tells of the job */
export function showProgress(
  terminal: Terminal,
  title: string,
  follow: (listener: (job: Job) => void) => () => void,
): Disposable {
  const display = displayOn(terminal, title);
  const off = follow((job) => {
    if (job.state !== 'running') return;
    const { step, fraction, bytes, bytesPerSecond, secondsLeft } = job;
    display.show({ step, fraction, bytesDone: bytes?.done, bytesTotal: bytes?.total }, { bytesPerSecond, secondsLeft });
  });
  return {
    [Symbol.dispose]() {
      off();
      display.end();
    },
  };
}

function displayOn(terminal: Terminal, title: string): Display {
  return isWatched(terminal.streams.stderr)
    ? rewrittenLine(title, terminal)
    : plainLines(title, (line) => terminal.note(line));
}

interface Display {
  show(progress: Progress, speed: Speed): void;
  end(): void;
}

function rewrittenLine(title: string, terminal: Terminal): Display {
  let isDrawn = false;
  const draw = (progress: Progress, speed: Speed): void => {
    isDrawn = true;
    terminal.rewrite(barLine(title, progress, speed));
  };
  const line = paced(draw, { everyMs: redrawMs, firstAfterMs: 0 });
  return {
    show: (...news) => line.show(...news),
    end() {
      line.end();
      if (isDrawn) terminal.rewrite(undefined);
    },
  };
}

function plainLines(title: string, note: (line: string) => void): Display {
  let last = '';
  const say = (progress: Progress): void => {
    const percent = percentOf(progress);
    const line = `${progress.step ?? title}${percent === undefined ? '' : ` ${percent}%`}`;
    if (line !== last) note(line);
    last = line;
  };
  return paced(say, { everyMs: lineMs, firstAfterMs: lineMs });
}

/** Shows the newest as often as that may be, also if nothing comes after it for long: it may say what is waited for. */
function paced(show: Display['show'], { everyMs, firstAfterMs }: Record<'everyMs' | 'firstAfterMs', number>): Display {
  let nextAt = performance.now() + firstAfterMs;
  let newest: Parameters<Display['show']>;
  let late: NodeJS.Timeout | undefined;
  const showNewest = (): void => {
    late = undefined;
    nextAt = performance.now() + everyMs;
    show(...newest);
  };
  return {
    show(...news) {
      newest = news;
      if (late !== undefined) return;
      const waitMs = nextAt - performance.now();
      if (waitMs <= 0) showNewest();
      else late = setTimeout(showNewest, waitMs);
    },
    end: () => clearTimeout(late),
  };
}

/** 0 to 100, cut: 100 is said only of what is whole. */
export function percentOf({ fraction, bytesDone, bytesTotal }: Progress): number | undefined {
  if (bytesDone !== undefined && bytesTotal !== undefined && bytesTotal > 0)
    return Math.min(Math.floor((bytesDone / bytesTotal) * 100), 100);
  return fraction === undefined ? undefined : Math.min(Math.floor(fraction * 100), 100);
}

/** "Copying disk  ████████░░░░  33 %  1 GB of 3 GB  120 MB/s  17 s left" */
export function barLine(title: string, progress: Progress, { bytesPerSecond, secondsLeft }: Speed = {}): string {
  const percent = percentOf(progress);
  const parts = [progress.step ?? title];
  if (percent !== undefined) {
    const full = Math.round((percent / 100) * barCells);
    parts.push(`${'█'.repeat(full)}${'░'.repeat(barCells - full)}`, `${percent} %`);
  }
  const { bytesDone: done, bytesTotal: total } = progress;
  parts.push(
    ...measureTexts({
      ...(done === undefined ? {} : { bytes: total === undefined ? { done } : { done, total } }),
      // Less than one is as good as none.
      ...(bytesPerSecond === undefined || bytesPerSecond < 1 ? {} : { bytesPerSecond }),
      ...(secondsLeft === undefined || secondsLeft < 1 ? {} : { secondsLeft }),
    }),
  );
  return parts.join('  ');
}
