import { type Check, type Finding, type CheckContext, passed, skipped } from '../check.ts';

const variables = 'TART_REGISTRY_USERNAME and TART_REGISTRY_PASSWORD';

/** Whether the Keychain can be read: pulls with a login need it, and since macOS 15 the start of a guest does. */
export const keychain: Check = {
  id: 'keychain',
  title: 'Keychain',
  async look(surroundings, signal) {
    if (surroundings.platform !== 'darwin') return secretService(surroundings);
    const { exitCode, stderr } = await surroundings.run('/usr/bin/security', ['show-keychain-info', 'login.keychain'], {
      signal,
    });
    const overSsh = surroundings.environment.SSH_CONNECTION !== undefined;
    return judgeKeychain(exitCode, stderr, overSsh);
  },
};

/**
 * `security` prints the OSStatus in words, or with its number: -25308 is errSecInteractionNotAllowed, -25307
 * errSecNoDefaultKeychain, -25294 errSecNoSuchKeychain (SecBase.h).
 */
export function judgeKeychain(exitCode: number | undefined, said: string, overSsh: boolean): Finding {
  const lookedAt = 'Asked for the settings of login.keychain, which needs it unlocked.';
  if (exitCode === 0) return passed('Unlocked', lookedAt);
  const details = said.trim();
  const rest = { lookedAt, ...(details === '' ? {} : { details }) };
  if (/-25307|-25294|could not be found|no default keychain/i.test(said))
    return {
      ...rest,
      state: 'failed',
      summary:
        'There is no login keychain, as for a user who never logged in on the screen. Guests don’t start, and logins can’t be kept.',
      cures: [
        {
          id: 'make-keychain',
          title: 'Make One',
          kind: 'command',
          says: 'security create-keychain login.keychain && security login-keychain -s login.keychain',
        },
      ],
    };
  return {
    ...rest,
    state: 'failed',
    summary: `The login keychain is locked${overSsh ? ', as in every session over SSH' : ''}. Logins can’t be read, and on macOS 15 or newer guests don’t start. For registries, ${variables} do without it.`,
    cures: [{ id: 'unlock', title: 'Unlock', kind: 'command', says: 'security unlock-keychain login.keychain' }],
  };
}

function secretService({ environment }: CheckContext): Finding {
  if (environment.DBUS_SESSION_BUS_ADDRESS === undefined)
    return skipped(
      `No Secret Service in this session, so logins can’t be kept; ${variables} and Docker’s logins are read.`,
    );
  return passed('A session with a Secret Service', 'Looked for the session’s message bus.');
}
