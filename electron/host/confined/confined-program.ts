import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../../contract/errors.ts';
import { launcherExits, onLinux } from './on-linux.ts';
import { onMac } from './on-mac.ts';
import type { ConfinedProgram } from './program-access.ts';

/** How it ended and what it said; of a long complaint the end. */
export interface ConfinedResult {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const maxErrorText = 8_000;
/** What a program is asked for here is some hundred bytes long. */
const maxOutputText = 1_000_000;

/**
 * Runs a program that can open only the files that are handed to it, reaches no network and no other process, and starts
 * no program. It ends with us, also when we are killed (on Linux), and when `signal` says so. With `onOutput` its
 * standard output goes there as it comes, and is not kept.
 * @throws AppError `not-supported` where this computer can't confine a program; then it does not run
 */
export async function runConfined(
  confined: ConfinedProgram,
  signal: AbortSignal,
  onOutput?: (text: string) => void,
): Promise<ConfinedResult> {
  signal.throwIfAborted();
  const child = await start(confined);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  // Called off while it was started.
  if (signal.aborted) kill();
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (onOutput !== undefined) onOutput(text);
    else if (stdout.length + text.length > maxOutputText) kill();
    else stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-maxErrorText)));
  try {
    // `once` rejects if it could not be started.
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (process.platform === 'linux') refuseUnconfined(code, stderr);
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

async function start(confined: ConfinedProgram): Promise<ChildProcess> {
  const { command, args } = await (process.platform === 'darwin' ? onMac : onLinux)(confined);
  return spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...confined.files.descriptors],
    // A folder that says nothing, and of our settings and secrets nothing at all.
    cwd: '/',
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
  });
}

/** The launcher says by its exit code that it did not run the program. */
function refuseUnconfined(code: number | null, stderr: string): void {
  if (code === launcherExits.cannotConfine)
    throw new AppError('not-supported', 'This computer can’t keep a program away from your files.', {
      hint: 'Images of others are read only where it can: by Linux 5.13 or newer with Landlock and seccomp.',
      details: stderr.trim(),
    });
  if (code === launcherExits.usage || code === launcherExits.failed)
    throw new AppError('unexpected', 'A program that reads images could not be started.', { details: stderr.trim() });
}
