import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProgressMeter, type Progress } from './job-progress.ts';

/** A clock that goes where it is told, in milliseconds. */
function meterAt(): { meter: ProgressMeter; clock: { ms: number } } {
  const clock = { ms: 0 };
  return { meter: new ProgressMeter(() => clock.ms), clock };
}

describe('ProgressMeter', () => {
  it('tells bytes, speed and time left of a steady copy', () => {
    const { meter, clock } = meterAt();
    let measured = meter.report({ step: 'Copying', bytesDone: 0, bytesTotal: 1000 });
    expect(measured).toEqual({ step: 'Copying', bytes: { done: 0, total: 1000 }, fraction: 0 });
    for (let second = 1; second <= 5; second++) {
      clock.ms = second * 1000;
      measured = meter.report({ bytesDone: second * 100, bytesTotal: 1000 });
    }
    expect(measured.bytesPerSecond).toBeCloseTo(100);
    expect(measured.secondsLeft).toBeCloseTo(5);
    expect(measured.fraction).toBe(0.5);
  });

  it('slows down with a stall instead of promising what was', () => {
    const { meter, clock } = meterAt();
    meter.report({ bytesDone: 0, bytesTotal: 10_000 });
    clock.ms = 1000;
    const quick = meter.report({ bytesDone: 1000, bytesTotal: 10_000 });
    clock.ms = 30_000;
    const stalled = meter.report({ bytesDone: 1000, bytesTotal: 10_000 });
    expect(stalled.bytesPerSecond).toBeLessThan((quick.bytesPerSecond ?? 0) / 100);
    expect(stalled.secondsLeft).toBeGreaterThan(1000);
  });

  it('knows no time left without a total, nor at no speed', () => {
    const { meter, clock } = meterAt();
    meter.report({ bytesDone: 5 });
    clock.ms = 1000;
    expect(meter.report({ bytesDone: 5, bytesTotal: 10 })).not.toHaveProperty('secondsLeft');
    clock.ms = 2000;
    expect(meter.report({ bytesDone: 8 })).not.toHaveProperty('secondsLeft');
  });

  it('counts the bytes of each step from nothing, and goes on with the fraction', () => {
    const { meter, clock } = meterAt();
    meter.report({ step: 'One', bytesDone: 50, bytesTotal: 100 });
    clock.ms = 1000;
    expect(meter.report({ step: 'Two' })).toEqual({ step: 'Two', fraction: 0.5 });
  });

  it('never goes back and never leaves 0 to 1, whatever a job says', () => {
    const report: fc.Arbitrary<Progress> = fc.record(
      {
        step: fc.constantFrom('a', 'b'),
        bytesDone: fc.integer({ min: -5, max: 200 }),
        bytesTotal: fc.integer({ min: -1, max: 100 }),
        fraction: fc.double({ min: -2, max: 2, noNaN: true }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(report, fc.nat(1000))), (reports) => {
        const { meter, clock } = meterAt();
        let last = 0;
        for (const [progress, afterMs] of reports) {
          clock.ms += afterMs;
          const { fraction, bytesPerSecond, secondsLeft } = meter.report(progress);
          expect(fraction ?? last).toBeGreaterThanOrEqual(last);
          expect(fraction ?? 0).toBeLessThanOrEqual(1);
          expect(bytesPerSecond ?? 0).toBeGreaterThanOrEqual(0);
          expect(secondsLeft ?? 0).toBeGreaterThanOrEqual(0);
          last = fraction ?? last;
        }
      }),
    );
  });
});
