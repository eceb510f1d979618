import { CommanderError } from 'commander';
import { AppError, type ErrorCode } from '../contract/errors.ts';

/** Tart's exit codes; where it has none, 1. */
export const exitCodes = { success: 0, failure: 1, noSuchOrNotRunning: 2, usage: 64 } as const;

/** Ends the command with this exit code; says `error` first, if there is one. */
export class CommandExit extends Error {
  readonly exitCode: number;
  readonly error: AppError | undefined;

  constructor(exitCode: number, error?: AppError) {
    super(error?.message ?? `exit ${exitCode}`);
    this.exitCode = exitCode;
    this.error = error;
  }
}

/** A mistake in the command line that only shows when options are seen together. */
export class UsageError extends Error {}

export function usageError(message: string): UsageError {
  return new UsageError(message);
}

const distinct: Partial<Record<ErrorCode, number>> = {
  'vm-not-found': exitCodes.noSuchOrNotRunning,
  'vm-not-running': exitCodes.noSuchOrNotRunning,
};

/** What a program that called us should see of an error, and what a person should. */
export function outcomeOf(thrown: unknown): { exitCode: number; lines: string[] } {
  // Help and version "fail" with 0, and have been printed; commander has said what it found wrong by itself.
  if (thrown instanceof CommanderError)
    return { exitCode: thrown.exitCode === 0 ? exitCodes.success : exitCodes.usage, lines: [] };
  if (thrown instanceof CommandExit)
    return { exitCode: thrown.exitCode, lines: thrown.error === undefined ? [] : linesOf(thrown.error) };
  const error = AppError.from(thrown);
  return { exitCode: distinct[error.code] ?? exitCodes.failure, lines: linesOf(error) };
}

/** Raw output is shown where it is the reason itself, or to who asks for it. */
const showsDetails: readonly ErrorCode[] = ['start-failed', 'guest-crashed', 'machine-limit', 'unexpected'];
const maxDetailsLength = 20;

function linesOf(error: AppError): string[] {
  const details =
    error.details !== undefined && (showsDetails.includes(error.code) || process.env.TATIN_DEBUG !== undefined)
      ? error.details.trimEnd().split('\n').slice(-maxDetailsLength)
      : [];
  return [error.message, ...details.map((line) => `  ${line}`), ...(error.hint === undefined ? [] : [error.hint])];
}
