import { describe, expect, it } from 'vitest';
import { saysLocked } from './locked-words.ts';

describe('saysLocked', () => {
  it.each([
    'User interaction is not allowed.',
    'Keychain returned unexpected status -25308',
    'The operation couldn’t be completed. (OSStatus error -25315.)',
    'SecKeychainItemCopyContent: errSecAuthFailed (-25293)',
    'Interaction is not allowed with the Security Server.',
    'The user name or passphrase you entered is not correct.',
    'Authorization failed: -60008',
    'AuthorizationCreate returned -60007',
    'Prompt dismissed',
    'Cannot create an item in a locked collection',
  ])('knows %j', (message) => expect(saysLocked(message)).toBe(true));

  it.each([
    'The specified item could not be found in the keychain. -25300',
    'timeout after -253080 ms',
    'no such file',
  ])('lets %j be', (message) => expect(saysLocked(message)).toBe(false));
});
