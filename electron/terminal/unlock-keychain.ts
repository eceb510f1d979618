import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../contract/errors.ts';
import { ask } from './prompt.ts';
import type { Terminal } from './terminal.ts';

/** macOS's own tool, by its whole path, with words that never change; it asks for the password itself. */
const unlockCommand = ['/usr/bin/security', 'unlock-keychain', 'login.keychain'] as const;

export interface UnlockOptions {
  /** For tests, as is `run`. */
  readonly platform?: NodeJS.Platform;
  /** Runs a program on this terminal; resolves with its exit code. */
  readonly run?: (program: string, args: readonly string[]) => Promise<number>;
}

/**
 * After a command failed since the Keychain is locked, as it is over SSH: offers to unlock it. Resolves with whether it is
 * unlocked now, so that the command can be tried again. Asks nothing where nobody can answer, or on another system.
 */
export async function offerUnlock(
  error: unknown,
  terminal: Terminal,
  { platform = process.platform, run = runHere }: UnlockOptions = {},
): Promise<boolean> {
  const { stdin, stderr } = terminal.streams;
  if (!(error instanceof AppError) || error.code !== 'keychain-locked') return false;
  if (platform !== 'darwin' || !stdin.isTTY || !stderr.isTTY || terminal.interrupted.aborted) return false;
  terminal.note(error.message);
  const answer = (await ask(terminal, 'Unlock it now, and try again? [Y/n] ')).trim().toLowerCase();
  if (answer !== '' && answer !== 'y' && answer !== 'yes') return false;
  const [program, ...args] = unlockCommand;
  return (await run(program, args)) === 0;
}

async function runHere(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  // `null` where a signal ended it.
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
