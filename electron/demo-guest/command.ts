import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { AppError } from '../contract/errors.ts';

export interface CommandOptions {
  signal: AbortSignal;
  /** Standard input; nothing by default. */
  input?: string | Buffer;
  cwd?: string;
}

/** {@link commandBytes}, with the output as text. */
export async function command(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return (await commandBytes(program, args, options)).toString('utf8');
}

/**
 * Runs a program of the host to its end and returns its standard output. Fails with `image-unavailable` and the end of
 * its output if it exits with anything but 0 or is not there; with the signal's reason if aborted.
 */
export async function commandBytes(program: string, args: readonly string[], options: CommandOptions): Promise<Buffer> {
  options.signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd: options.cwd,
    signal: options.signal,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Tools of the system hide in sbin for ordinary users; their messages are looked at in English.
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8' },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A program that ends before it has read everything is judged by its exit code alone.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  try {
    const [output, errors, code] = await Promise.all([buffer(child.stdout), buffer(child.stderr), ended]);
    if (code === 0) return output;
    throw failure(program, `exit code ${String(code)}`, `${errors.toString('utf8')}\n${output.toString('utf8')}`);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    throw failure(program, error instanceof Error ? error.message : String(error), '');
  }
}

function failure(program: string, why: string, output: string): AppError {
  return new AppError('image-unavailable', `The demo guest could not be made: ${program} failed (${why}).`, {
    details: output.trim().slice(-4000),
    retry: true,
  });
}
