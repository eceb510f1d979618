import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** A program that failed; its whole output is in `logFile`. */
export class CommandFailed extends Error {
  /**
   * @param {string} message
   * @param {string} logFile
   */
  constructor(message, logFile) {
    super(message);
    this.name = 'CommandFailed';
    this.logFile = logFile;
  }
}

/**
 * How programs are started; tests give one that only writes down what it is asked.
 * @typedef {(command: readonly string[], options: { logFile: string, cwd?: string, env?: NodeJS.ProcessEnv }) => Promise<void>} Run
 */

/**
 * Runs a program to its end with its output in a log file.
 * @type {Run}
 */
export async function runLogged([program = '', ...args], { logFile, cwd, env = process.env }) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile, { flags: 'a' });
  log.write(`\n$ ${[program, ...args].join(' ')}\n`);
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  try {
    const how = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal ?? code));
    });
    if (how !== 0) throw new CommandFailed(`${program} ended with ${how}`, logFile);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(
      `${program} could not be started: ${error instanceof Error ? error.message : error}`,
      logFile,
    );
  } finally {
    await new Promise((resolve) => log.end(resolve));
  }
}

/**
 * Gives the terminal to a program until it ends: its output is ours, signals pass through, and so does how it ended.
 * @param {readonly string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, write?: (bytes: Buffer) => void }} [options] `write` gets what it
 *   prints, instead of the terminal
 * @returns {Promise<number>} an exit code as a shell would give it
 */
export async function runAttached([program = '', ...args], { write, ...options } = {}) {
  const child = spawn(program, args, {
    ...options,
    stdio: write === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  if (write !== undefined) for (const output of [child.stdout, child.stderr]) output?.on('data', write);
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  const handlers = signals.map((signal) => {
    // From the keyboard the whole group has the signal already; a second one would mean "at once" to some programs.
    const handler = () => void (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal));
    process.on(signal, handler);
    return /** @type {const} */ ([signal, handler]);
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
    });
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

/**
 * The first executable of that name in the search path, as a shell would find it.
 * @param {string} name
 * @param {string} [path]
 * @returns {string | undefined}
 */
export function findProgram(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}
