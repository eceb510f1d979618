import { AppError } from '../../contract/errors.ts';
import type { RunCommand } from '../../host/command-runner.ts';
import { keychainLocked } from './errors.ts';

/** From this macOS on, the framework keeps a key for each guest in the login keychain. */
const firstThatNeedsIt = 15;

/** Whether the login keychain lets a guest start. */
export type LoginKeychain =
  | { readonly state: 'open' }
  /** Nobody looked, and why. */
  | { readonly state: 'skipped'; readonly why: string }
  | { readonly state: 'locked'; readonly error: AppError };

/**
 * Looks whether a start would fail for a locked login keychain, as it does where nobody is logged in on the screen. Where
 * somebody is, macOS itself asks for the password, and looking would make it ask now.
 * @param macOSMajor the macOS of this Mac, by its first number
 */
export async function lookAtLoginKeychain(
  run: RunCommand,
  macOSMajor: number,
  signal: AbortSignal,
): Promise<LoginKeychain> {
  if (macOSMajor < firstThatNeedsIt)
    return { state: 'skipped', why: `macOS ${macOSMajor} starts guests without the login keychain.` };
  const session = await run('/bin/launchctl', ['managername'], { signal });
  if (session.exitCode !== 0) return { state: 'skipped', why: 'macOS does not say what kind of session this is.' };
  // "Aqua" is a session on the screen; "Background" and "System" are those of SSH and of daemons.
  if (session.stdout.trim() === 'Aqua')
    return { state: 'skipped', why: 'Somebody is logged in on the screen, and macOS would ask for the password.' };
  const { exitCode, stderr } = await run('/usr/bin/security', ['show-keychain-info', 'login.keychain'], { signal });
  if (exitCode === 0) return { state: 'open' };
  // It could not be run, which says nothing of the keychain.
  if (exitCode === undefined) return { state: 'skipped', why: 'The login keychain could not be looked at.' };
  return { state: 'locked', error: isMissing(stderr) ? keychainMissing(stderr) : keychainLocked(stderr.trim()) };
}

/** errSecNoDefaultKeychain and errSecNoSuchKeychain (SecBase.h), in numbers or in words. */
function isMissing(said: string): boolean {
  return /-25307|-25294|could not be found|no default keychain/i.test(said);
}

function keychainMissing(details: string): AppError {
  return new AppError('keychain-locked', 'There is no login keychain, and macOS keeps the keys of its guests there.', {
    hint: 'Log in once on the screen, or type: security create-keychain login.keychain && security unlock-keychain login.keychain && security login-keychain -s login.keychain',
    details: details.trim(),
    retry: true,
  });
}
