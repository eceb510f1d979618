import { AppError } from '../contract/errors.ts';
import type { Credentials } from '../registry/client/credentials.ts';
import { environmentHint } from './environment.ts';
import { saysLocked } from './locked-words.ts';
import type { CredentialProvider, Environment } from './provider.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

/** Apple's tool, which may read items of other programs once the user allows that. */
const tool = '/usr/bin/security';

/** What Tart calls its items: internet passwords of a server, by https. */
const label = 'Tart Credentials';

/** errSecItemNotFound and errSecInteractionNotAllowed, as the tool's exit codes: the low byte of each. */
const exitCodes = { notFound: 44, notAllowed: 36 } as const;

/** The user is asked whether Tatin may read it. */
const maxAnswerMs = 120_000;

/** Logins that Tart keeps in a Mac's Keychain. Only read: what goes into them is Tart's. */
export function tartKeychainProvider(
  env: Environment = process.env,
  run: typeof runProgram = runProgram,
): CredentialProvider {
  return {
    name: 'Tart’s items in the Keychain',
    find: async (host, signal) => {
      // The host is no secret; the password comes back by a pipe.
      const args = ['find-internet-password', '-s', host, '-l', label, '-r', 'htps', '-g'];
      const end = await run(tool, args, { env, timeoutMs: maxAnswerMs, signal });
      if (end.exitCode === 0) return parseItem(end);
      if (end.exitCode === exitCodes.notAllowed || saysLocked(end.stderr)) throw locked();
      if (end.exitCode === exitCodes.notFound || /could not be found/i.test(end.stderr)) return undefined;
      // The user said no.
      return undefined;
    },
    // The tool can't list by label, and a dump of the whole Keychain is nobody's business.
    list: () => Promise.resolve([]),
  };
}

/**
 * Reads what `security ... -g` prints: attributes on standard output, the password on standard error. Both are quoted as they
 * are, or given in hexadecimal first where they hold more than ASCII.
 */
export function parseItem({ stdout, stderr }: Pick<ProgramEnd, 'stdout' | 'stderr'>): Credentials | undefined {
  const username = value(/^\s*"acct"<blob>=(.*)$/m.exec(stdout)?.[1]);
  const password = value(/^password: (.*)$/m.exec(stderr)?.[1]);
  return username === undefined || password === undefined ? undefined : { kind: 'password', username, password };
}

function value(text: string | undefined): string | undefined {
  const hexadecimal = /^0x((?:[\da-f]{2})+)\b/i.exec(text ?? '')?.[1];
  if (hexadecimal !== undefined) return Buffer.from(hexadecimal, 'hex').toString('utf8');
  return /^"(.*)"$/.exec(text ?? '')?.[1];
}

function locked(): AppError {
  return new AppError('keychain-locked', 'The Keychain with Tart’s logins is locked.', {
    hint: `Over SSH, type: security unlock-keychain login.keychain. Or ${environmentHint}.`,
    retry: true,
  });
}
