import { describe, expect, it } from 'vitest';
import { Mutator } from './mutate.ts';
import { seedsOf } from './target.ts';
import { targets } from './targets.ts';

/** `npm run fuzz` does a thousand times as many, in processes that it watches. */
const inputs = { small: 400, large: 60 };
const largeBytes = 256 * 1024;
/** It makes files and folders for each, which a busy disk does slowly. */
const slow = ['apple-archive'];

describe('what others wrote', () => {
  it.each(targets)('is taken or refused as documented: $name', async (target) => {
    const seeds = seedsOf(target);
    const isLarge = slow.includes(target.name) || seeds.some(({ length }) => length > largeBytes);
    const mutator = new Mutator(target, seeds, 1);
    const outcomes = new Set<string>();
    for (let number = 0; number < (isLarge ? inputs.large : inputs.small); number++)
      outcomes.add(await target.run(mutator.input(number)));
    // A target that always says the same has not been reached.
    expect(outcomes).toEqual(new Set(['accepted', 'refused']));
  });

  it('is damaged in the same way for the same seed and number', () => {
    const [target] = targets;
    if (target === undefined) throw new Error('There is no target.');
    const twice = [1, 2].map(() => new Mutator(target, seedsOf(target), 7).input(1234));
    expect(twice[0]).toEqual(twice[1]);
  });
});
