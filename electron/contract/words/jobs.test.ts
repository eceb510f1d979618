import { describe, expect, it } from 'vitest';
import type { RunningJob } from '../job.ts';
import { amountText, jobStatus, progressText } from './jobs.ts';

const running: RunningJob = {
  id: 'a',
  kind: 'pull',
  title: 'Pulling a',
  state: 'running',
  createdAt: '2026-05-12T12:00:00Z',
  canPause: true,
};

describe('progressText', () => {
  it.each([
    [{ fraction: 0.999, secondsLeft: 0.2 }, '99 %, 1 s left'],
    [{ fraction: 0.5 }, '50 %'],
    [{ secondsLeft: 5400 }, '1 h 30 min left'],
    [{}, 'running'],
  ])('says of %j: %s', (known, words) => {
    expect(progressText({ ...running, ...known })).toBe(words);
  });

  it('names the state of a job that is paused', () => {
    expect(progressText({ ...running, state: 'paused', fraction: 0.5 })).toBe('paused');
  });
});

describe('jobStatus', () => {
  it('says what runs, how much of it is done, how fast and how long it takes', () => {
    const bytes = { done: 1.2e9, total: 42.1e9 };
    const job = { ...running, step: 'Fetching', bytes, bytesPerSecond: 92e6, secondsLeft: 445 };
    expect(jobStatus(job)).toBe('Fetching · 1.2 GB of 42.1 GB · 92 MB/s · 7 min left');
    expect(jobStatus(running)).toBe('Working');
  });
});

describe('amountText', () => {
  it('says what there is while the whole is not known', () => {
    expect(amountText({ done: 3_000_000 })).toBe('3 MB');
  });
});
