import { describe, expect, it } from 'vitest';
import type { Work } from './work.ts';
import { ProgressMeter } from './job-progress.ts';
import { partsOf } from './weighted-parts.ts';

function measuredWork(): { work: Work; fractions: (number | undefined)[] } {
  const meter = new ProgressMeter();
  const fractions: (number | undefined)[] = [];
  const work: Work = {
    signal: new AbortController().signal,
    progress: (progress) => fractions.push(meter.report(progress).fraction),
  };
  return { work, fractions };
}

describe('partsOf', () => {
  it('lets one bar go from end to end once, each part by its weight', () => {
    const { work, fractions } = measuredWork();
    const [copy, start] = partsOf(work, [3, 1]);
    copy.progress({ step: 'Copying', bytesDone: 0, bytesTotal: 10 });
    copy.progress({ bytesDone: 5, bytesTotal: 10 });
    copy.progress({ bytesDone: 10, bytesTotal: 10 });
    start.progress({ step: 'Starting' });
    start.progress({ fraction: 0.5 });
    start.progress({ fraction: 1 });
    expect(fractions).toEqual([0, 0.375, 0.75, 0.75, 0.875, 1]);
  });

  it('knows nothing of the whole while the first part knows nothing of itself', () => {
    const { work, fractions } = measuredWork();
    const [build, copy] = partsOf(work, [1, 1]);
    build.progress({ step: 'Building' });
    copy.progress({ step: 'Copying' });
    expect(fractions).toEqual([undefined, 0.5]);
  });

  it('can be nested, and is called off as a whole', () => {
    const { work, fractions } = measuredWork();
    const [, last] = partsOf(work, [1, 1]);
    const [, lastOfLast] = partsOf(last, [1, 1]);
    expect(lastOfLast.signal).toBe(work.signal);
    lastOfLast.progress({ fraction: 0.5 });
    expect(fractions).toEqual([0.875]);
  });
});
