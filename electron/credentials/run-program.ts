import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Environment } from './provider.ts';

export interface ProgramEnd {
  /** Undefined if it was killed, took too long or could not be started. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What goes to its standard input: secrets, which must not be among the arguments. */
  readonly input?: string;
  readonly env: Environment;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const maxOutputBytes = 1024 ** 2;

/** Runs a program, never through a shell. One that fails or is missing is a result; rejects only if it is called off. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<ProgramEnd> {
  const { input = '', env, timeoutMs, signal } = options;
  signal.throwIfAborted();
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const child = spawn(program, [...args], { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  either.addEventListener('abort', kill, { once: true });
  try {
    // A program that does not want to know breaks the pipe.
    child.stdin.on('error', () => undefined).end(input);
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([textOf(child.stdout, kill), textOf(child.stderr, kill), closed]);
    signal.throwIfAborted();
    return { exitCode: child.exitCode ?? undefined, stdout, stderr };
  } catch (error) {
    kill();
    signal.throwIfAborted();
    return { exitCode: undefined, stdout: '', stderr: error instanceof Error ? error.message : String(error) };
  } finally {
    either.removeEventListener('abort', kill);
  }
}

async function textOf(stream: Readable, tooLong: () => void): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  // Its pieces are bytes, since no encoding is set.
  for await (const piece of stream as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxOutputBytes) tooLong();
    else pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
