import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../contract/doctor.ts';
import { reportText } from './doctor-report.ts';

const check = (title: string, more: Partial<CheckResult>): CheckResult => ({
  ...{ id: title, title, state: 'passed', summary: 'Well.', lookedAt: 'Looked at it.', fixes: [] },
  ...more,
});

describe('The report of the doctor', () => {
  it('says of what is wrong what was looked at and each cure, and of the rest one line', () => {
    const text = reportText({
      at: '2026-01-01T00:00:00.000Z',
      checks: [
        check('Keychain', {
          state: 'failed',
          summary: 'Locked.',
          details: 'first\nsecond',
          fixes: [{ id: 'a', title: 'Unlock', kind: 'command', says: 'security unlock-keychain' }],
        }),
        check('Links', { state: 'attention', fixes: [{ id: 'b', title: 'Remove 3 Links', kind: 'safe' }] }),
        check('States', {
          state: 'attention',
          fixes: [{ id: 'c', title: 'Discard 1 Saved State…', kind: 'ask', says: 'What it had in memory is lost.' }],
        }),
        check('Clock', {}),
        check('Softnet', { state: 'skipped', summary: 'Only on a Mac.' }),
      ],
    });
    expect(text).toBe(`FAILED     Keychain: Locked.
           Looked at it.
             first
             second
           To fix it: security unlock-keychain
ATTENTION  Links: Well.
           Looked at it.
           To fix it: tatin doctor --fix (Remove 3 Links)
ATTENTION  States: Well.
           Looked at it.
           To fix it: tatin doctor --fix --all (Discard 1 Saved State: What it had in memory is lost.)
ok         Clock: Well.
skipped    Softnet: Only on a Mac.

1 failed, 2 need attention, 1 passed, 1 skipped`);
  });
});
