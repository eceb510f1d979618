import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healthSettingsSchema } from '../contract/supervision.ts';
import { annotationsSchema, type MachineState, type MachineVm } from '../contract/machine.ts';
import type { VmEvent } from '../contract/vm-events.ts';
import { pauseBefore, reasonToRestart } from './restart-rule.ts';

const at = '2026-01-01T00:00:00.000Z';
const failed: MachineState = { phase: 'failed', since: at, error: { code: 'guest-crashed', message: 'It crashed.' } };
const stopped: MachineState = { phase: 'stopped' };
const suspended: MachineState = { phase: 'suspended', since: at };
const byGuest: VmEvent = { at, kind: 'stopped', by: 'guest' };
const byUser: VmEvent = { at, kind: 'stopped', by: 'user' };

/** Only what the rule looks at. */
const vm = (
  state: MachineState,
  restart: MachineVm['annotations']['restart'],
  more: Partial<MachineVm['annotations']> = {},
): MachineVm =>
  ({ kind: 'machine', state, annotations: { ...annotationsSchema.parse({ restart }), ...more } }) as MachineVm;

describe('The restart policy', () => {
  it.each([
    ['never', failed, byGuest, undefined],
    ['never', stopped, byGuest, undefined],
    ['on-failure', failed, undefined, 'It crashed.'],
    ['on-failure', stopped, byGuest, undefined],
    ['on-failure', suspended, undefined, undefined],
    ['always', failed, byUser, 'It crashed.'],
    ['always', stopped, byGuest, 'The guest shut itself down.'],
    ['always', stopped, byUser, undefined],
    ['always', stopped, undefined, undefined],
    ['always', stopped, { at, kind: 'suspended' }, undefined],
    ['always', suspended, byGuest, undefined],
  ] as const)('%s, when it is %o after %o', (policy, state, last, reason) => {
    expect(reasonToRestart(vm(state, policy), last === undefined ? [] : [last])).toBe(reason);
  });

  describe('after it was turned off for being unhealthy', () => {
    const begun: VmEvent = { at, kind: 'restarting', reason: 'No answer.', attempt: 1 };
    const health = healthSettingsSchema.parse({ check: { by: 'agent' }, onFailure: 'restart' });

    it.each([
      ['was cut off before its end was noted', failed, [begun]],
      ['ended', stopped, [byUser, begun]],
      ['could not be started', stopped, [{ at, kind: 'failed', reason: 'x' }, begun]],
    ] as const)('starts it again also when that %s', (_when, state, events) => {
      expect(reasonToRestart(vm(state, 'never', { health }), events)).toBe('No answer.');
      expect(reasonToRestart(vm(state, 'never'), events)).toBeUndefined();
    });

    it.each([
      ['somebody stopped it later', stopped, [byUser, { at, kind: 'started' }]],
      ['it was suspended', suspended, [{ at, kind: 'suspended' }, begun]],
    ] as const)('leaves it as it is once %s', (_when, state, events) => {
      expect(reasonToRestart(vm(state, 'never', { health }), events)).toBeUndefined();
    });
  });

  it('waits longer each time, and never longer than five minutes', () => {
    expect([1, 2, 3, 4, 9, 10].map(pauseBefore)).toEqual([1000, 2000, 4000, 8000, 256_000, 300_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (attempt) => pauseBefore(attempt) <= pauseBefore(attempt + 1)),
    );
  });
});
