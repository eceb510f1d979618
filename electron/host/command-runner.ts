import { execFile } from 'node:child_process';

/** How a program ended and what it said, cut at a megabyte. */
export interface CommandResult {
  /** Undefined if it was killed or could not be started. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program with its arguments, never through a shell: what a user typed is one argument, whatever it holds. Does
 * not throw for a program that fails or is missing; that is a result too.
 */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: { signal?: AbortSignal; timeoutMs?: number },
) => Promise<CommandResult>;

const maxOutputBytes = 1_000_000;
const defaultLimitMs = 30_000;

/** The runner of programs on this host. */
export const runCommand: RunCommand = (program, args, { signal, timeoutMs = defaultLimitMs } = {}) => {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const options = { timeout: timeoutMs, maxBuffer: maxOutputBytes, ...(signal === undefined ? {} : { signal }) };
  execFile(program, [...args], options, (error, stdout, stderr) => {
    const failed = typeof error?.code === 'number' ? error.code : undefined;
    // A program that is missing says nothing itself.
    const said = error !== null && failed === undefined && stderr === '' ? error.message : stderr;
    resolve({ exitCode: error === null ? 0 : failed, stdout, stderr: said });
  });
  return promise;
};
