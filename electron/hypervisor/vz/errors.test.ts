import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { vzError } from './errors.ts';

const thrown = (message: string, fields: object) => Object.assign(new Error(message), fields);

describe('An error of Virtualization.framework', () => {
  it.each([
    [6, 'machine-limit', /at most two macOS guests/],
    [2, 'start-failed', /refuses the settings of this machine/],
    [8, 'no-space', /full/],
    [12, 'saved-state-invalid', /can't be resumed/],
    [10006, 'image-not-supported', /newer one/],
    [40002, 'invalid-input', /user name/],
  ])('%d is %s', (code, expected, words) => {
    const error = vzError(thrown('Something', { domain: 'VZErrorDomain', code, reason: 'It says so' }));
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(words) as string });
    expect(error.message).toMatch(/: It says so\.$/);
  });

  it('keeps everything that it said, the cause beneath included', () => {
    const underlying = thrown('No room', { domain: 'NSPOSIXErrorDomain', code: 28 });
    const error = vzError(
      thrown('Internal', { domain: 'VZErrorDomain', code: 1, failure: 'Failed', reason: 'Why', underlying }),
    );
    expect(error.details).toBe('VZErrorDomain 1: Internal\nFailed\nWhy\nNSPOSIXErrorDomain 28: No room');
  });

  it('finds a locked keychain beneath', () => {
    const underlying = {
      message: 'Interaction is not allowed with the Security Server.',
      domain: 'OSStatus',
      code: -25308,
    };
    const error = vzError({ message: 'Internal', domain: 'VZErrorDomain', code: 1, underlying });
    expect(error).toMatchObject({
      code: 'keychain-locked',
      hint: expect.stringContaining('unlock-keychain') as string,
    });
  });

  it('of the addon’s own has its own words', () => {
    const error = vzError(thrown('Save needs macOS 14 or newer.', { domain: 'TatinVz', code: 3 }));
    expect(error).toMatchObject({ code: 'not-supported', message: 'Save needs macOS 14 or newer.' });
  });

  it('leaves others as they are', () => {
    const known = new AppError('cancelled', 'Cancelled.');
    expect(vzError(known)).toBe(known);
    expect(vzError(new TypeError('x is not a function'))).toMatchObject({ code: 'unexpected' });
  });
});
