import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moved, select } from './selection.ts';

const shown = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const nothing = { selection: new Set<string>(), anchor: undefined, focus: undefined };

describe('select', () => {
  it('chooses one alone', () => {
    const all = { ...nothing, selection: new Set(shown) };
    expect(select(shown, all, 'c', 'only')).toEqual({ selection: new Set(['c']), anchor: 'c', focus: 'c' });
  });

  it('adds one, and takes it away again', () => {
    const first = select(shown, nothing, 'b', 'only');
    const both = select(shown, first, 'd', 'toggle');
    expect(both.selection).toEqual(new Set(['b', 'd']));
    expect(select(shown, both, 'd', 'toggle').selection).toEqual(new Set(['b']));
  });

  it('spans from the anchor, either way, and keeps the anchor', () => {
    const first = select(shown, nothing, 'd', 'only');
    const down = select(shown, first, 'f', 'range');
    expect([...down.selection]).toEqual(['d', 'e', 'f']);
    const up = select(shown, down, 'b', 'range');
    expect([...up.selection]).toEqual(['b', 'c', 'd']);
    expect(up.anchor).toBe('d');
  });

  it('chooses one alone where the anchor is not shown any more', () => {
    const gone = { selection: new Set(['x']), anchor: 'x', focus: 'x' };
    expect(select(shown, gone, 'c', 'range')).toEqual({ selection: new Set(['c']), anchor: 'c', focus: 'c' });
  });
});

describe('moved', () => {
  it('goes by rows of the grid', () => {
    expect(moved(shown, 'b', 'ArrowDown', 3)).toBe('e');
    expect(moved(shown, 'e', 'ArrowUp', 3)).toBe('b');
    expect(moved(shown, 'b', 'ArrowRight', 3)).toBe('c');
  });

  it('begins with the first where nothing has the focus', () => {
    expect(moved(shown, undefined, 'ArrowDown', 3)).toBe('a');
    expect(moved(shown, 'gone', 'ArrowUp', 3)).toBe('a');
    expect(moved([], undefined, 'ArrowDown', 3)).toBeUndefined();
  });

  it('goes to both ends', () => {
    expect(moved(shown, 'c', 'Home', 3)).toBe('a');
    expect(moved(shown, 'c', 'End', 3)).toBe('g');
  });

  it('never leaves what is shown', () => {
    const key = fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End');
    fc.assert(
      fc.property(
        fc.array(key),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 20 }),
        (keys, columns, count) => {
          const ids = Array.from({ length: count }, (_, index) => `vm-${index}`);
          let focus: string | undefined;
          for (const pressed of keys) {
            focus = moved(ids, focus, pressed, columns);
            expect(ids).toContain(focus);
          }
        },
      ),
    );
  });
});
