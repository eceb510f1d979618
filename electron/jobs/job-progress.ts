import type { RunningJob } from '../contract/job.ts';
import type { Work } from './work.ts';

export type Progress = Parameters<Work['progress']>[0];
type Measured = Pick<RunningJob, 'step' | 'fraction' | 'bytes' | 'bytesPerSecond' | 'secondsLeft' | 'layers'>;

/** How long a speed is remembered, in seconds: long enough to be readable, short enough to follow a stall. */
const memorySeconds = 4;

/** How far a report says that the work is, 0 to 1; undefined if it says nothing of that. */
export function fractionOf({ fraction, bytesDone, bytesTotal }: Progress): number | undefined {
  if (fraction !== undefined) return Math.min(1, Math.max(0, fraction));
  if (bytesDone === undefined || bytesTotal === undefined || bytesTotal <= 0) return undefined;
  return Math.min(1, Math.max(0, bytesDone / bytesTotal));
}

/** Turns what a job says of itself into what a person wants to know: how far, how fast, how long. */
export class ProgressMeter {
  readonly #now: () => number;
  #measured: Measured = {};
  #last: { bytes: number; atMs: number } | undefined;
  #bytesPerSecond: number | undefined;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Takes one report in. A new step counts its bytes from nothing and has layers only if it says so; the fraction is what the report says, else the share of
   * its bytes, and never goes back.
   */
  report(progress: Progress): Measured {
    if (progress.step !== undefined && progress.step !== this.#measured.step) {
      const { fraction } = this.#measured;
      this.#measured = { step: progress.step, ...(fraction === undefined ? {} : { fraction }) };
      this.#last = undefined;
      this.#bytesPerSecond = undefined;
    }
    const { bytesDone, bytesTotal, layers } = progress;
    if (layers !== undefined) this.#measured = { ...this.#measured, layers };
    if (bytesDone !== undefined) this.#measureBytes(bytesDone, bytesTotal);
    const fraction = fractionOf(progress);
    if (fraction !== undefined)
      this.#measured = { ...this.#measured, fraction: Math.max(fraction, this.#measured.fraction ?? 0) };
    return { ...this.#measured };
  }

  #measureBytes(done: number, total: number | undefined): void {
    const nowMs = this.#now();
    const last = this.#last;
    if (last !== undefined && nowMs > last.atMs) {
      const seconds = (nowMs - last.atMs) / 1000;
      const current = Math.max(0, done - last.bytes) / seconds;
      const weight = 1 - Math.exp(-seconds / memorySeconds);
      this.#bytesPerSecond =
        this.#bytesPerSecond === undefined ? current : this.#bytesPerSecond + weight * (current - this.#bytesPerSecond);
    }
    this.#last = { bytes: done, atMs: nowMs };
    const { bytes: _bytes, bytesPerSecond: _speed, secondsLeft: _left, ...rest } = this.#measured;
    const speed = this.#bytesPerSecond;
    this.#measured = {
      ...rest,
      bytes: { done, ...(total === undefined ? {} : { total }) },
      ...(speed === undefined ? {} : { bytesPerSecond: speed }),
      ...(speed !== undefined && speed > 0 && total !== undefined
        ? { secondsLeft: Math.max(0, total - done) / speed }
        : {}),
    };
  }
}
