import { AppError } from '../../contract/errors.ts';
import type { CommandResult, RunCommand } from '../../host/command-runner.ts';

/** A program and its arguments, each as it is to arrive. */
export type Argv = readonly [program: string, ...args: string[]];

/** How the user is asked for the right: by the system's dialog, or by `sudo` in the terminal that we run in. */
export type AdministratorWay = 'dialog' | 'sudo';

/**
 * Runs fixed commands as the administrator, after the one prompt that macOS shows for them; the first that fails ends it.
 * @param reason what the dialog says it is for, e.g. "Tatin changes the network of guests."
 * @throws AppError `cancelled` if the user says no, `not-allowed` if one can't be asked or a command fails
 */
export async function runAsAdministrator(
  commands: readonly Argv[],
  reason: string,
  way: AdministratorWay,
  run: RunCommand,
): Promise<void> {
  if (way === 'dialog') {
    check(await run('/usr/bin/osascript', dialogArguments(commands, reason), { timeoutMs: 300_000 }));
    return;
  }
  for (const command of commands) check(await run('/usr/bin/sudo', ['--', ...command], { timeoutMs: 300_000 }));
}

/**
 * The script takes the command line and the reason as arguments, so that neither is ever part of AppleScript source, and
 * nothing has to be quoted for it.
 */
export function dialogArguments(commands: readonly Argv[], reason: string): string[] {
  return [
    ...['-e', 'on run argv'],
    ...['-e', 'do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges'],
    ...['-e', 'end run'],
    ...['--', shellLine(commands), reason],
  ];
}

/** The commands one after the other, as `sh` is to read them. */
export function shellLine(commands: readonly Argv[]): string {
  return commands.map((command) => command.map(shellWord).join(' ')).join(' && ');
}

/**
 * One word of `sh`, whatever it holds: between single quotes nothing is special but the quote itself.
 * @throws AppError `invalid-input` for NUL, which no argument can hold
 */
function shellWord(text: string): string {
  if (text.includes('\0')) throw new AppError('invalid-input', 'A text for the administrator holds a NUL character.');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `User canceled. (-128)` is how osascript says that the dialog was dismissed. */
function check({ exitCode, stderr }: CommandResult): void {
  if (exitCode === 0) return;
  if (stderr.includes('-128')) throw new AppError('cancelled', 'Cancelled: nothing was changed.');
  const details = stderr.trim();
  throw new AppError('not-allowed', 'macOS did not make the change.', {
    hint: 'It needs the name and password of an administrator, in a session with a screen or, over SSH, in a terminal.',
    ...(details === '' ? {} : { details }),
  });
}
