import fc from 'fast-check';
import type { Rectangle } from 'electron';
import { describe, expect, it } from 'vitest';
import { canBeGrabbed, placeWindow } from './window-bounds.ts';

const laptop: Rectangle = { x: 0, y: 25, width: 1440, height: 800 };
const desk: Rectangle = { x: 1440, y: -200, width: 2560, height: 1415 };
const wanted = { width: 1280, height: 820 };
const min = { width: 860, height: 560 };

describe('placeWindow', () => {
  it('puts a new window in the middle of the main display, no larger than it', () => {
    expect(placeWindow(undefined, wanted, min, [laptop, desk])).toEqual({ x: 80, y: 25, width: 1280, height: 800 });
  });

  it('leaves a window where it was', () => {
    const saved = { x: 2000, y: -100, width: 1000, height: 700 };
    expect(placeWindow(saved, wanted, min, [laptop, desk])).toEqual(saved);
  });

  it('leaves a window that hangs over an edge, as long as it can be grabbed', () => {
    const saved = { x: 1200, y: 300, width: 1000, height: 700 };
    expect(placeWindow(saved, wanted, min, [laptop])).toEqual(saved);
  });

  it('brings a window back from a display that is gone', () => {
    const saved = { x: 2400, y: -150, width: 1000, height: 700 };
    expect(placeWindow(saved, wanted, min, [laptop])).toEqual({ x: 440, y: 25, width: 1000, height: 700 });
  });

  it('brings a toolbar back from under the menu bar', () => {
    const saved = { x: 100, y: 0, width: 1000, height: 700 };
    expect(placeWindow(saved, wanted, min, [laptop]).y).toBe(25);
  });

  it('shrinks a window of a larger display', () => {
    const saved = { x: 1500, y: -100, width: 2400, height: 1300 };
    expect(placeWindow(saved, wanted, min, [laptop])).toEqual(laptop);
  });

  const coordinate = fc.integer({ min: -10_000, max: 10_000 });
  const anyArea = fc.record({
    x: coordinate,
    y: coordinate,
    width: fc.integer({ min: 640, max: 8000 }),
    height: fc.integer({ min: 480, max: 5000 }),
  });
  const anyWindow = fc.record({
    x: coordinate,
    y: coordinate,
    width: fc.integer({ min: 1, max: 9000 }),
    height: fc.integer({ min: 1, max: 9000 }),
  });

  it('always gives a window that can be grabbed and is no larger than a display', () => {
    const areaLists = fc.array(anyArea, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.option(anyWindow, { nil: undefined }), areaLists, (saved, areas) => {
        const placed = placeWindow(saved, wanted, min, areas);
        expect(areas.some((one) => canBeGrabbed(placed, one))).toBe(true);
        expect(areas.some((one) => placed.width <= one.width && placed.height <= one.height)).toBe(true);
      }),
    );
  });

  it('leaves alone what it has placed on a display once', () => {
    fc.assert(
      fc.property(fc.option(anyWindow, { nil: undefined }), anyArea, (saved, area) => {
        const placed = placeWindow(saved, wanted, min, [area]);
        expect(placeWindow(placed, wanted, min, [area])).toEqual(placed);
      }),
    );
  });
});
