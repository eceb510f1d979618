import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { killTree } from './process-tree.ts';

export interface Bounds {
  readonly maxMs: number;
  readonly maxBytes: number;
}

export interface BoundedRun {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
  /** Of the command and all that it started, each at its own peak. */
  readonly peakBytes: number;
  /** Which bound it broke, if it did; it was ended then. */
  readonly broke: 'time' | 'memory' | undefined;
}

const lookEveryMs = 25;

/** Runs a program and ends it, with all that it started, when it takes more time or memory than it may. */
export async function boundedRun(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  bounds: Bounds,
): Promise<BoundedRun> {
  const began = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (out = `${out}${bytes.toString()}`.slice(-100_000)));
  child.stderr.on('data', (bytes: Buffer) => (err = `${err}${bytes.toString()}`.slice(-100_000)));
  let broke: BoundedRun['broke'];
  const peaks = new Map<number, number>();
  const timer = setInterval(() => {
    for (const pid of groupOf(child.pid ?? 0)) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakOf(pid)));
    const sum = [...peaks.values()].reduce((total, bytes) => total + bytes, 0);
    if (performance.now() - began > bounds.maxMs) broke ??= 'time';
    else if (sum > bounds.maxBytes) broke ??= 'memory';
    if (broke !== undefined) killTree(child.pid ?? 0);
  }, lookEveryMs);
  await once(child, 'close');
  clearInterval(timer);
  const peakBytes = [...peaks.values()].reduce((total, bytes) => total + bytes, 0);
  return { exitCode: child.exitCode, out, err, ms: performance.now() - began, peakBytes, broke };
}

/** Processes of a group (proc(5): the fifth field of stat). */
function groupOf(group: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group ? [Number(name)] : [];
    } catch (error) {
      return [];
    }
  });
}

/** Most memory that a process had so far; 0 when it is gone. */
function peakOf(pid: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch (error) {
    return 0;
  }
}
