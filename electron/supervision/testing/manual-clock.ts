import type { Clock } from '../../host/clock.ts';

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs: number;
  #waiting: { atMs: number; work: () => void }[] = [];

  constructor(start = '2026-03-02T12:00:00.000Z') {
    this.#nowMs = Date.parse(start);
  }

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, work: () => void): () => void {
    const entry = { atMs: this.#nowMs + ms, work };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** Milliseconds until each thing that is waited for, soonest first. */
  get waits(): number[] {
    return this.#waiting.map(({ atMs }) => atMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Lets time pass: what becomes due is done in its order, at its time. */
  pass(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const next = this.#waiting.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.work();
    }
    this.#nowMs = end;
  }

  /** As a computer that slept: the time is another, and only then is done what was due. */
  jump(ms: number): void {
    this.#nowMs += ms;
    this.pass(0);
  }
}
