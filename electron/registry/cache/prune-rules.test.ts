import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, chooseForRoom, judge, type PruneRule } from './prune-rules.ts';

const now = new Date('2026-11-20T12:00:00Z');

function candidate(id: string, daysUnused: number, bytes: number, mustStay?: string): Candidate {
  const accessedAt = new Date(now.getTime() - daysUnused * 86_400_000);
  return { id, kind: 'image', name: id, bytes, accessedAt, mustStay };
}

/** Newest use first: new, week, month, year. */
const cache = [
  candidate('month', 30, 50),
  candidate('new', 0, 10),
  candidate('year', 365, 5),
  candidate('week', 7, 40),
];

const gone = (rule: PruneRule, candidates = cache): string[] =>
  judge(candidates, rule, now)
    .filter(({ keptBecause }) => keptBecause === undefined)
    .map(({ candidate: { id } }) => id);

describe('judge', () => {
  it.each<[string, PruneRule, string[]]>([
    ['takes what is as old as the age or older', { olderThanDays: 7 }, ['week', 'month', 'year']],
    ['takes nothing that is younger', { olderThanDays: 366 }, []],
    ['takes all at an age of nothing', { olderThanDays: 0 }, ['new', 'week', 'month', 'year']],
    ['keeps the newest that fit a budget', { spaceBudgetBytes: 50 }, ['month', 'year']],
    ['keeps what is small and old where what is large does not fit', { spaceBudgetBytes: 60 }, ['month']],
    ['keeps all within a large budget', { spaceBudgetBytes: 105 }, []],
    ['keeps nothing within none', { spaceBudgetBytes: 0 }, ['new', 'week', 'month', 'year']],
    [
      'does not count what is too old in the budget',
      { olderThanDays: 30, spaceBudgetBytes: 45 },
      ['week', 'month', 'year'],
    ],
    ['takes what was chosen', { only: ['year', 'new'] }, ['new', 'year']],
    ['takes of what was chosen only what the rule takes', { olderThanDays: 8, only: ['year', 'new'] }, ['year']],
  ])('%s', (_, rule, expected) => {
    expect(gone(rule)).toEqual(expected);
  });

  it('counts what must stay before anything else, and says why each stays', () => {
    const pinned = [...cache, candidate('pinned', 1000, 45, 'Pinned')];
    const verdicts = judge(pinned, { spaceBudgetBytes: 60 }, now);
    expect(verdicts.map(({ candidate: { id }, keptBecause }) => [id, keptBecause])).toEqual([
      ['new', 'Within the budget'],
      ['week', undefined],
      ['month', undefined],
      ['year', 'Within the budget'],
      ['pinned', 'Pinned'],
    ]);
    expect(judge(pinned, { olderThanDays: 7 }, now).map(({ keptBecause }) => keptBecause)).toEqual([
      'Used in the last 7 days',
      undefined,
      undefined,
      undefined,
      'Pinned',
    ]);
    expect(gone({ only: ['pinned'] }, pinned)).toEqual([]);
  });

  it('never keeps more than the budget, and takes nothing that would have fitted', () => {
    const some = fc.array(
      fc.tuple(fc.nat(1000), fc.nat(100)).map(([days, bytes]) => candidate(`${days}`, days, bytes)),
    );
    fc.assert(
      fc.property(some, fc.nat(2000), (candidates, budget) => {
        const verdicts = judge(candidates, { spaceBudgetBytes: budget }, now);
        const kept = verdicts.filter(({ keptBecause }) => keptBecause !== undefined);
        const left = budget - kept.reduce((sum, { candidate: { bytes } }) => sum + bytes, 0);
        const smallestGone = Math.min(
          ...verdicts.filter(({ keptBecause }) => keptBecause === undefined).map(({ candidate: { bytes } }) => bytes),
        );
        return left >= 0 && smallestGone > left && verdicts.length === candidates.length;
      }),
    );
  });
});

describe('chooseForRoom', () => {
  const chosen = (required: number, free: number, candidates = cache): string[] =>
    chooseForRoom(candidates, required, free).map(({ id }) => id);

  it.each<[string, number, number, string[]]>([
    ['nothing where there is room', 100, 101, []],
    ['nothing where there is just enough', 100, 100, []],
    ['the least recently used first', 103, 100, ['year']],
    ['more until there is more than is needed', 105, 100, ['year', 'month']],
    ['nothing where all of it would not be enough', 206, 100, []],
    ['all of it where that is just enough', 205, 100, ['year', 'month', 'week', 'new']],
    ['nothing where it is not known what is free', 100, 0, []],
  ])('takes %s', (_, required, free, expected) => {
    expect(chosen(required, free)).toEqual(expected);
  });

  it('leaves what must stay, and does not count on it', () => {
    const pinned = cache.map((one) => (one.id === 'month' ? { ...one, mustStay: 'Pinned' } : one));
    expect(chosen(110, 100, pinned)).toEqual(['year', 'week']);
    expect(chosen(160, 100, pinned)).toEqual([]);
  });
});
