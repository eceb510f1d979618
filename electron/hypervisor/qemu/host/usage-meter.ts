import { readFile } from 'node:fs/promises';
import type { Usage } from '../../../contract/machine.ts';

const everyMs = 2000;
/** Five minutes. */
const maxSamples = 150;
/** Linux counts processor time in hundredths of a second for every program, whatever it counts in itself (proc(5)). */
const ticksPerSecond = 100;

interface Reading {
  atMs: number;
  cpuSeconds: number;
  memoryBytes: number;
}

/** Samples what a process takes of the host, for as long as it is not disposed of. */
export class UsageMeter implements Disposable {
  readonly #pid: number;
  readonly #cpuCount: number;
  readonly #samples: Usage[] = [];
  readonly #timer: NodeJS.Timeout;
  #last: Reading | undefined;

  constructor(pid: number, cpuCount: number) {
    this.#pid = pid;
    this.#cpuCount = cpuCount;
    this.#timer = setInterval(() => void this.#sample(), everyMs);
    this.#timer.unref();
    void this.#sample();
  }

  /** Oldest first, and one from now. */
  async samples(): Promise<Usage[]> {
    await this.#sample();
    return [...this.#samples];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #sample(): Promise<void> {
    const reading = await read(this.#pid);
    const last = this.#last;
    if (reading === undefined) return;
    // Two readings in a moment would make a share of almost nothing by almost nothing.
    if (last !== undefined && reading.atMs - last.atMs < 100) return;
    this.#last = reading;
    const elapsed = last === undefined ? 0 : (reading.atMs - last.atMs) / 1000;
    const used = last === undefined ? 0 : reading.cpuSeconds - last.cpuSeconds;
    const cpuFraction = elapsed > 0 ? Math.max(0, used / elapsed / this.#cpuCount) : 0;
    this.#samples.push({ at: new Date().toISOString(), cpuFraction, memoryBytes: reading.memoryBytes });
    if (this.#samples.length > maxSamples) this.#samples.shift();
  }
}

async function read(pid: number): Promise<Reading | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    return { atMs: performance.now(), ...parseUsage(stat, status) };
  } catch (error) {
    // It has ended.
    return undefined;
  }
}

/** Processor seconds and resident bytes from Linux's `stat` and `status` of a process (proc(5)). */
export function parseUsage(stat: string, status: string): { cpuSeconds: number; memoryBytes: number } {
  // The name in parentheses may hold anything; the fields that count follow its last parenthesis, from the third on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return { cpuSeconds: (user + system) / ticksPerSecond, memoryBytes: Number(resident?.[1] ?? 0) * 1024 };
}
