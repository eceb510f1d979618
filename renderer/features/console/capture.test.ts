import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capture, released, type Capture, type CaptureEffect, type CaptureEvent } from './capture.ts';

/** Runs events from the released state and gives the last state and every effect. */
function run(events: readonly CaptureEvent[]): { state: Capture; effects: CaptureEffect[] } {
  let state = released;
  const effects: CaptureEffect[] = [];
  for (const event of events) {
    const next = capture(state, event);
    state = next.state;
    if (next.effect !== undefined) effects.push(next.effect);
  }
  return { state, effects };
}

const down = (code: string, key = code): CaptureEvent => ({ kind: 'down', code, key });
const up = (code: string, key = code): CaptureEvent => ({ kind: 'up', code, key });
const focused: CaptureEvent = { kind: 'focused' };
const control = 'ControlLeft';
const alt = 'AltLeft';

describe('capture', () => {
  it('begins with the focus and ends without it', () => {
    expect(run([focused]).state.captured).toBe(true);
    expect(run([focused, { kind: 'blurred' }]).state).toEqual(released);
  });

  it.each([
    ['Control first', [down(control), down(alt), up(alt), up(control)]],
    ['Alt first', [down(alt), down(control), up(alt), up(control)]],
    ['the right-hand keys', [down('ControlRight'), down('AltRight', 'Alt'), up('ControlRight'), up('AltRight', 'Alt')]],
    ['keys that repeat while held', [down(control), down(alt), down(alt), down(alt), up(control), up(alt)]],
  ])('lets go after Control and Alt together: %s', (_title, events) => {
    expect(run([focused, ...events]).effects).toEqual([{ kind: 'release' }]);
  });

  it.each([
    ['Control alone', [down(control), up(control)]],
    ['a chord with both, as Ctrl-Alt-T', [down(control), down(alt), down('KeyT'), up('KeyT'), up(alt), up(control)]],
    [
      'a chord that began with another key',
      [down('ShiftLeft'), down(control), down(alt), up(control), up(alt), up('ShiftLeft')],
    ],
    ['a chord whose last key came up last', [down(control), down(alt), down('F2'), up(alt), up(control), up('F2')]],
    ['AltGr, which types', [down(control), down('AltRight', 'AltGraph'), up(control), up('AltRight', 'AltGraph')]],
    ['the two one after the other', [down(control), up(control), down(alt), up(alt)]],
  ])('keeps the keyboard in the guest through %s', (_title, events) => {
    const { state, effects } = run([focused, ...events]);
    expect(effects).toEqual([]);
    expect(state.captured).toBe(true);
  });

  it('counts anew after a spoiled chord', () => {
    const spoiled = [down(control), down(alt), down('KeyT'), up('KeyT'), up(alt), up(control)];
    expect(run([focused, ...spoiled, down(control), down(alt), up(alt), up(control)]).effects).toEqual([
      { kind: 'release' },
    ]);
  });

  it('takes no notice of keys while released', () => {
    expect(run([down(control), down(alt), up(alt), up(control)])).toEqual({ state: released, effects: [] });
  });

  it('lets every held key go in the guest when the focus leaves', () => {
    const { state, effects } = run([focused, down('KeyA'), down('ShiftLeft'), up('KeyA'), { kind: 'blurred' }]);
    expect(effects).toEqual([{ kind: 'letGo', codes: ['ShiftLeft'] }]);
    expect(state.held.size).toBe(0);
  });

  it('never leaves a key down in the guest that is up on the board', () => {
    const code = fc.constantFrom(control, alt, 'KeyA', 'ShiftLeft', 'F2');
    const event = fc.oneof(
      fc.record({ kind: fc.constantFrom('down' as const, 'up' as const), code, key: fc.constant('') }),
      fc.constantFrom<CaptureEvent>(focused, { kind: 'blurred' }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const { state } = run(events);
        const afterBlur = capture(state, { kind: 'blurred' });
        const letGo = afterBlur.effect?.kind === 'letGo' ? afterBlur.effect.codes : [];
        expect([...letGo].sort()).toEqual([...state.held].sort());
        expect(afterBlur.state).toEqual(released);
        if (!state.captured) expect(state.held.size).toBe(0);
      }),
    );
  });
});
