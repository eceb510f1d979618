import { describe, expect, it } from 'vitest';
import { chords, strokesOfChord } from './chords.ts';

describe('chords', () => {
  it('have names of their own', () => {
    expect(new Set(chords.map(({ id }) => id)).size).toBe(chords.length);
    expect(new Set(chords.map(({ title }) => title)).size).toBe(chords.length);
  });

  it('let every key go that they press, the last pressed first', () => {
    for (const chord of chords) {
      const strokes = strokesOfChord(chord);
      const pressed = strokes.filter(({ down }) => down).map(({ code }) => code);
      const letGo = strokes.filter(({ down }) => !down).map(({ code }) => code);
      expect(letGo, chord.title).toEqual(pressed.toReversed());
      expect(
        strokes.findIndex(({ down }) => !down),
        chord.title,
      ).toBe(pressed.length);
    }
  });

  it('count the function keys from F1 at 0xffbe (X11/keysymdef.h)', () => {
    const keysymOf = (id: string): number | undefined => chords.find((chord) => chord.id === id)?.keys.at(-1)?.keysym;
    expect(keysymOf('ctrl-alt-f1')).toBe(0xffbe);
    expect(keysymOf('ctrl-alt-f7')).toBe(0xffc4);
  });
});
