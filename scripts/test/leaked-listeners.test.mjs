import { describe, expect, it } from 'vitest';
import { Emitter } from '../../electron/contract/emitter.ts';
import { leakedListeners } from './leaked-listeners.mjs';

describe('leakedListeners', () => {
  it('names the place from which several listeners came and did not leave', () => {
    const emitter = new Emitter();
    for (let count = 0; count < 3; count++) emitter.on(() => undefined);
    expect(leakedListeners()).toEqual([expect.stringMatching(/^3 listeners .*\n.*leaked-listeners\.test\.mjs:8/)]);
    expect(leakedListeners()).toEqual([]);
  });

  it('is content with those that left, with one from each place, and with emitters that are closed', () => {
    const emitter = new Emitter();
    for (let count = 0; count < 3; count++) {
      const leave = emitter.on(() => undefined);
      leave();
      leave();
    }
    emitter.on(() => undefined);
    emitter.on(() => undefined);
    const closed = new Emitter();
    for (let count = 0; count < 3; count++) closed.on(() => undefined);
    closed[Symbol.dispose]();
    expect(leakedListeners()).toEqual([]);
  });
});
