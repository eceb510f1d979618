import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { builtCli } from '../../../electron/terminal/testing/tatin.ts';

export type KillMode = 'alone' | 'group';

/** Kills the command; or another process that commands started, by the beginning of its name. */
type Kill = { readonly afterMs: number } & ({ readonly mode: KillMode } | { readonly victim: string });

export interface Ended {
  readonly ms: number;
  readonly isKilled: boolean;
  readonly exitCode: number | null;
  readonly err: string;
}

/** Tatin's command line as it is built, in a place of its own. */
export class TatinCommand {
  readonly environment: NodeJS.ProcessEnv;
  /** Everything that a command starts carries it, so that what is left of one can be found. */
  readonly #marker: string;

  constructor(environment: NodeJS.ProcessEnv) {
    const { CI: _ci, TATIN_DEBUG: _debug, ...inherited } = process.env;
    this.#marker = `TATIN_PROOF=${process.pid}-${performance.now()}`;
    const [name = '', value = ''] = this.#marker.split('=');
    this.environment = { ...inherited, ...environment, [name]: value };
  }

  /** Runs to the end, or is killed after so long: the process alone, or with all that it started. */
  async run(args: readonly string[], kill?: Kill): Promise<Ended> {
    const began = performance.now();
    const child = start(args, this.environment);
    let err = '';
    child.stdout?.resume();
    child.stderr?.on('data', (bytes: Buffer) => (err += bytes.toString()));
    const exited = once(child, 'exit');
    const calledOff = new AbortController();
    // The moment itself is what is tried; nothing depends on how far the command is by then.
    const bell = kill === undefined ? Promise.resolve() : this.#killLater(child, kill, calledOff.signal);
    await exited;
    calledOff.abort();
    await bell;
    const isKilled = child.signalCode === 'SIGKILL';
    return { ms: performance.now() - began, isKilled, exitCode: child.exitCode, err };
  }

  async #killLater(child: ChildProcess, kill: Kill, signal: AbortSignal): Promise<void> {
    // The moment itself is what is tried; nothing depends on how far the command is by then.
    const isTime = await delay(kill.afterMs, true, { signal }).catch(() => false);
    if (!isTime) return;
    if ('mode' in kill) killNow(child, kill.mode);
    else killFirst(processesWith(this.#marker).filter((one) => one.includes(` ${kill.victim}`)));
  }

  /** Processes that commands left, after the time that they may take to notice. */
  async leftProcesses(patienceMs: number): Promise<string[]> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const left = processesWith(this.#marker);
      if (left.length === 0 || performance.now() > end) return left;
      await delay(100);
    }
  }
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [builtCli, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

function killNow(child: ChildProcess, mode: KillMode): void {
  try {
    if (mode === 'group' && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch (error) {
    // It ended in the same moment.
  }
}

function killFirst([found]: readonly string[]): void {
  if (found === undefined) return;
  try {
    process.kill(Number(found.split(' ')[0]), 'SIGKILL');
  } catch (error) {
    // It ended in the same moment.
  }
}

/** Where the system tells of processes; elsewhere none are found. */
function processesWith(marker: string): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const has = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(marker);
      if (!has) return [];
      const program = path.basename(readlinkSync(`/proc/${pid}/exe`));
      const isHost = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('vm-host');
      return [`${pid} ${isHost && program === 'node' ? 'vm-host' : program}`];
    } catch (error) {
      return [];
    }
  });
}
