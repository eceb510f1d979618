import { describe, expect, it } from 'vitest';
import type { CommandResult, RunCommand } from '../../host/command-runner.ts';
import { lookAtLoginKeychain } from './login-keychain.ts';

const { signal } = new AbortController();
const result = (exitCode: number | undefined, stdout = '', stderr = ''): CommandResult => ({
  exitCode,
  stdout,
  stderr,
});

/** A Mac in a session of that kind, whose `security` answers so. */
function mac(session: CommandResult, security: CommandResult = result(0)): { run: RunCommand; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run: (program, args) => {
      asked.push([program, ...args].join(' '));
      return Promise.resolve(program === '/bin/launchctl' ? session : security);
    },
  };
}

const overSsh = result(0, 'Background\n');
const look = ({ run }: { run: RunCommand }, major = 15) => lookAtLoginKeychain(run, major, signal);

describe('The look at the login keychain', () => {
  it('finds it locked where nobody is logged in on the screen, with the cure', async () => {
    const said = 'security: SecKeychainCopySettings login.keychain: User interaction is not allowed.';
    const locked = mac(overSsh, result(36, '', said));
    expect(await look(locked)).toMatchObject({
      state: 'locked',
      error: { code: 'keychain-locked', hint: /security unlock-keychain/, details: said, retry: true },
    });
    expect(locked.asked).toEqual(['/bin/launchctl managername', '/usr/bin/security show-keychain-info login.keychain']);
  });

  it('finds that there is none, with the cure', async () => {
    const said = 'security: SecKeychainCopySettings login.keychain: The specified keychain could not be found.';
    expect(await look(mac(overSsh, result(50, '', said)))).toMatchObject({
      state: 'locked',
      error: { message: /There is no login keychain/, hint: /create-keychain/ },
    });
  });

  it('lets an open one pass', async () => {
    expect(await look(mac(overSsh))).toEqual({ state: 'open' });
  });

  it('does not make macOS ask for the password where somebody sits in front of it', async () => {
    const onScreen = mac(result(0, 'Aqua\n'));
    expect(await look(onScreen)).toMatchObject({ state: 'skipped', why: /logged in on the screen/ });
    expect(onScreen.asked).toHaveLength(1);
  });

  it.each([
    ['before macOS 15', mac(overSsh), 14],
    ['where the session is not known', mac(result(1)), 15],
    ['where there are no such programs', mac(result(undefined)), 26],
    ['where it can’t be asked', mac(overSsh, result(undefined)), 26],
  ])('is left out %s, with the reason', async (_where, host, major) => {
    expect(await look(host, major)).toMatchObject({ state: 'skipped', why: expect.stringMatching(/\.$/) as string });
  });
});
