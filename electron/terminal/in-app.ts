import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { projectRoot } from '../host/paths.ts';
import { type AddonPlace, thisPlace } from '../hypervisor/vz/load-addon.ts';
import { CommandExit, exitCodes } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** What a command that was handed on says on its standard output when the waiting command may leave. */
export const readyLine = 'ready';

/** A program with its own arguments. */
export interface AppProgram {
  readonly file: string;
  readonly args: readonly string[];
}

/** Whether this process can't run machines itself, but Tatin's app on this computer can: Apple ties them to its run loop. */
export function belongsInApp({ platform, isMainProcess }: Omit<AddonPlace, 'load'> = thisPlace()): boolean {
  return platform === 'darwin' && !isMainProcess;
}

/**
 * Runs this command line in the app's program, in a process of its own without the app's windows (which reads it from
 * `TATIN_COMMAND_LINE`), and passes signals on.
 * Closing the terminal leaves it running. Resolves when it has ended well, or with `detach` when it is ready.
 * @param words the command line without node and script
 * @throws CommandExit with its exit code, AppError `no-hypervisor` if there is no app
 */
export async function continueInApp(
  words: readonly string[],
  terminal: Pick<Terminal, 'listenForEnd'>,
  { detach = false, program = appProgram() }: { detach?: boolean; program?: AppProgram } = {},
): Promise<void> {
  const { ELECTRON_RUN_AS_NODE: _node, ...environment } = process.env;
  // Of its own session, so that Ctrl-C reaches it once, by us, and a terminal that goes does not take it along.
  const child = spawn(program.file, [...program.args], {
    detached: true,
    stdio: ['ignore', detach ? 'pipe' : 'inherit', 'inherit'],
    env: { ...environment, TATIN_COMMAND_LINE: JSON.stringify(words) },
  });
  await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error as Error))]);
  const left = new AbortController();
  using _end = terminal.listenForEnd((signal) => {
    if (signal === 'SIGHUP') left.abort();
    else child.kill(signal);
  });
  const code = await (detach ? untilReady(child) : untilEnd(child, left.signal));
  if (code !== exitCodes.success) throw new CommandExit(code);
}

/** The exit code; success if the terminal goes first. */
async function untilEnd(child: ChildProcess, left: AbortSignal): Promise<number> {
  try {
    const [code] = (await once(child, 'exit', { signal: left })) as [number | null];
    return code ?? exitCodes.failure;
  } catch (error) {
    if (!left.aborted) throw error;
    child.unref();
    return exitCodes.success;
  }
}

/** Success as soon as it says that it is ready; its exit code if it never does. */
async function untilReady(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let said = '';
  for await (const bytes of child.stdout ?? []) {
    said += String(bytes);
    if (!said.split('\n').includes(readyLine)) continue;
    child.unref();
    return exitCodes.success;
  }
  const [code] = await ended;
  return code ?? exitCodes.failure;
}

const wordsSchema = z.array(z.string()).min(1);

/** The command line that this process of the app was started with, which no child of it shall inherit. */
export function takeArguments(environment: NodeJS.ProcessEnv): string[] | undefined {
  const { TATIN_COMMAND_LINE: text } = environment;
  delete environment.TATIN_COMMAND_LINE;
  return text === undefined || text === '' ? undefined : wordsSchema.parse(JSON.parse(text));
}

/** The installed app is the program that runs this; in a checkout it is the copy that set-up signed. @throws AppError */
export function appProgram(root = projectRoot(), running = process.versions): AppProgram {
  if ('electron' in running) return { file: process.execPath, args: [] };
  const file = path.join(root, '.cache/electron/Electron.app/Contents/MacOS/Electron');
  if (existsSync(file)) return { file, args: [root] };
  throw new AppError('no-hypervisor', 'Machines run in Tatin’s app, which is not here.', {
    hint: 'Run npm run setup, or install the app and its command line tool.',
  });
}
