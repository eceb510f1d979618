import { type ChildProcess, spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { AppError } from '../../../contract/errors.ts';
import { findProgram } from '../programs.ts';

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

/**
 * Starts a program that the kernel kills when this process dies, however it dies: a QEMU that ran on without the lock
 * of its VM could be joined by a second one on the same disk. `setpriv` is part of util-linux; without it the next start
 * of the VM cleans up.
 * @throws AppError `no-hypervisor` if the program can't be started
 */
export async function startOwned(
  program: string,
  args: readonly string[],
  options: {
    cwd: string;
    output: FileHandle;
    /** Becomes its descriptor 3. */
    connection?: Socket;
  },
): Promise<OwnedProcess> {
  const setpriv = await findProgram('setpriv', ['/usr/bin', '/bin']);
  const [command, all] =
    setpriv === undefined ? [program, args] : [setpriv, ['--pdeathsig', 'KILL', '--', program, ...args]];
  const { fd } = options.output;
  const stdio = ['ignore' as const, fd, fd, ...(options.connection === undefined ? [] : [options.connection])];
  const child = spawn(command, all, { cwd: options.cwd, stdio });
  const ended = endOf(child);
  if (child.pid === undefined) {
    await ended;
    throw new AppError('no-hypervisor', `${program} can't be started.`, { hint: 'Is it installed?' });
  }
  return {
    pid: child.pid,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function endOf(child: ChildProcess): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  child.on('error', () => {
    if (child.pid === undefined) resolve({ code: null, signal: null });
  });
  child.on('exit', (code, signal) => resolve({ code, signal }));
  return promise;
}
