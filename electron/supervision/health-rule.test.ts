import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Health } from '../contract/supervision.ts';
import { type Look, nextHealth, pauseAfter, unhealthyReason } from './health-rule.ts';

const settings = { retries: 3, startSeconds: 60, intervalSeconds: 30 };
const passed: Look = { kind: 'passed' };
const failed: Look = { kind: 'failed', reason: 'No answer.' };
const unknown: Look = { kind: 'unknown', reason: 'No way there.' };

/** The states after each check, one every 10 seconds from the start of the machine. */
function course(looks: readonly Look[], more: Partial<typeof settings> = {}): Health[] {
  const healths: Health[] = [];
  looks.forEach((look, index) => {
    const times = { runningSinceMs: 0, nowMs: index * 10_000 };
    healths.push(nextHealth(healths.at(-1), look, { ...settings, ...more }, times));
  });
  return healths;
}
const states = (looks: readonly Look[], more?: Partial<typeof settings>): string[] =>
  course(looks, more).map(({ state, failures }) => `${state} ${failures}`);

describe('The health of a machine', () => {
  it('does not count what fails while it starts', () => {
    expect(states([failed, failed, failed, failed, passed])).toEqual([
      'starting 0',
      'starting 0',
      'starting 0',
      'starting 0',
      'healthy 0',
    ]);
  });

  it('is bad after so many failures in a row, and good after one success', () => {
    expect(states([passed, failed, failed, passed, failed, failed, failed, failed, passed])).toEqual([
      'healthy 0',
      'healthy 1',
      'healthy 2',
      'healthy 0',
      'healthy 1',
      'healthy 2',
      'unhealthy 3',
      'unhealthy 4',
      'healthy 0',
    ]);
  });

  it('counts when the time to start is over', () => {
    expect(states([failed, failed, failed, failed], { startSeconds: 15 })).toEqual([
      'starting 0',
      'starting 0',
      'starting 1',
      'starting 2',
    ]);
  });

  it('is unknown while it can’t be checked, unless it could be before', () => {
    expect(states([unknown, unknown, passed, unknown, unknown, unknown])).toEqual([
      'unknown 0',
      'unknown 0',
      'healthy 0',
      'healthy 1',
      'healthy 2',
      'unhealthy 3',
    ]);
  });

  it('says since when it is as it is, and why', () => {
    const all = course([passed, passed, failed, failed, failed, failed]);
    expect(all.map(({ since }) => Date.parse(since) / 10_000)).toEqual([0, 0, 0, 0, 4, 4]);
    expect(all.at(-1)?.reason).toBe('No answer.');
    expect(all[1]).not.toHaveProperty('reason');
    expect(all.slice(4).map(unhealthyReason)).toEqual([
      '3 checks in a row failed. No answer.',
      '4 checks in a row failed. No answer.',
    ]);
  });

  it('is asked more often while it starts', () => {
    const [starting, healthy] = course([failed, passed]) as [Health, Health];
    expect([pauseAfter(starting, settings), pauseAfter(healthy, settings)]).toEqual([5000, 30_000]);
    expect(pauseAfter(starting, { intervalSeconds: 2 })).toBe(2000);
  });

  it('is never bad before as many failures as it may have, whatever came before', () => {
    const looks = fc.array(fc.constantFrom(passed, failed, unknown), { maxLength: 30 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 5 }), (all, retries) => {
        for (const { state, failures } of course(all, { retries, startSeconds: 0 }))
          expect(state === 'unhealthy').toBe(failures >= retries);
      }),
    );
  });
});
