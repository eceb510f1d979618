import { type ChildProcess, spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { AppError } from '../../../contract/errors.ts';
import { findProgram } from '../../../host/programs.ts';

/** How a program ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program that this process started and that must not outlive it. */
export interface OwnedProcess {
  readonly pid: number;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<Ending>;
  /** Ends it at once and resolves when it is gone. */
  kill(): Promise<void>;
}

export interface OwnedOptions {
  readonly cwd: string;
  readonly output: FileHandle;
}

/**
 * Starts a program that the kernel kills when this process dies, however it dies: a QEMU that ran on without the lock
 * of its VM could be joined by a second one on the same disk. `setpriv` is part of util-linux; without it the next start
 * of the VM cleans up.
 * @throws AppError `no-hypervisor` if the program can't be started
 */
export async function startOwned(
  program: string,
  args: readonly string[],
  options: OwnedOptions,
): Promise<OwnedProcess> {
  return (await startChild(program, args, options, [])).owned;
}

/**
 * The same, joined to this process by a pair of sockets, of which the program has one as its descriptor 3.
 * @throws AppError `no-hypervisor`
 */
export async function startJoined(
  program: string,
  args: readonly string[],
  options: OwnedOptions,
): Promise<OwnedProcess & { readonly connection: Socket }> {
  const { child, owned } = await startChild(program, args, options, ['pipe']);
  const connection = child.stdio[3];
  // Of a program that was started, with a “pipe” there, it always is one (node:child_process, `options.stdio`).
  if (!(connection instanceof Socket)) throw new Error('The program has no connection.');
  // It closes then, and who holds it sees that.
  connection.on('error', () => undefined);
  return { ...owned, connection };
}

async function startChild(
  program: string,
  args: readonly string[],
  options: OwnedOptions,
  more: readonly 'pipe'[],
): Promise<{ child: ChildProcess; owned: OwnedProcess }> {
  const setpriv = await findProgram('setpriv', ['/usr/bin', '/bin']);
  const [command, all] =
    setpriv === undefined ? [program, args] : [setpriv, ['--pdeathsig', 'KILL', '--', program, ...args]];
  const { fd } = options.output;
  const child = spawn(command, all, { cwd: options.cwd, stdio: ['ignore', fd, fd, ...more] });
  const ended = endOf(child);
  if (child.pid === undefined) {
    await ended;
    throw new AppError('no-hypervisor', `${program} can't be started.`, { hint: 'Is it installed?' });
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { child, owned: { pid: child.pid, ended, kill } };
}

function endOf(child: ChildProcess): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  child.on('error', () => {
    if (child.pid === undefined) resolve({ code: null, signal: null });
  });
  child.on('exit', (code, signal) => resolve({ code, signal }));
  return promise;
}
