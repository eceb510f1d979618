import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tagColours } from './tag.tsx';

describe('tagColours', () => {
  it('gives as many different colours as there are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 12 }), (tags) => {
        const colours = tagColours(tags);
        expect([...colours.keys()]).toEqual(tags);
        expect(new Set(colours.values()).size).toBe(Math.min(tags.length, 5));
      }),
    );
  });

  it('keeps the colour of a tag when later ones come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2 }), (tags) => {
        const before = tagColours(tags.slice(0, -1));
        const after = tagColours(tags);
        for (const [tag, colour] of before) expect(after.get(tag)).toBe(colour);
      }),
    );
  });

  it('never takes the colour of failure', () => {
    for (const colour of tagColours(Array.from({ length: 40 }, (_, number) => `tag-${number}`)).values())
      expect(colour).not.toContain('failed');
  });
});
