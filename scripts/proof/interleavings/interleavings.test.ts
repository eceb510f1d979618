import { describe, expect, it } from 'vitest';
import { interleave } from './interleave.ts';
import { withMarkedImage } from './marked-image.ts';
import { explain } from './operations.ts';

describe('programs that work in one home at the same time', () => {
  it('break nothing, and say what became of what they were told', async () => {
    // `npm run proof:interleavings` does this 10,000 times.
    const { passed, findings } = await withMarkedImage((image) => interleave({ count: 60, seed: 4, image }));
    expect(findings).toEqual([]);
    expect(passed).toBe(60);
  });
});

describe('what is found afterwards', () => {
  const before = { machines: new Map([['a', 'one']]), hasImage: false };
  const clone = { verb: 'clone', words: ['a', 'b'] };
  const remove = { verb: 'remove', words: ['a'] };

  it('is explained by some order of what was done', () => {
    expect(explain(before, [remove, clone], { machines: new Map([['b', 'one']]), hasImage: false })).toBe(true);
  });

  it('is a fault where no order explains it', () => {
    const lost = { machines: new Map<string, string>(), hasImage: false };
    expect(explain(before, [clone, remove], lost)).toBe(false);
    expect(explain(before, [], lost)).toBe(false);
    expect(explain(before, [remove, remove], lost)).toBe(false);
  });
});
