import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finding, Told } from './child.ts';
import { Mutator } from './mutate.ts';
import { type FuzzTarget, seedsOf } from './target.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  /** No more of a target after this; no bound: until all runs are done. */
  readonly maxSeconds?: number | undefined;
  /** Where inputs go that are answered wrongly. */
  readonly findings: string;
}

export interface FuzzReport {
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly peakBytes: number;
  /** One of each kind, with the file of its input. */
  readonly findings: readonly string[];
}

/** An input that takes longer hangs its reader, and everybody who waits for it. */
const maxInputMs = 30_000;
/** Of the whole process, Node and its garbage included. */
const maxResidentBytes = 400e6;
const heapMegabytes = 200;
const lookEveryMs = 200;
const maxFindings = 10;

/** Runs a target in children until its inputs are done; one that a child does not survive is noted and passed over. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  const mutator = new Mutator(target, seedsOf(target), options.seed);
  const found = new Map<string, string>();
  const note = ({ number, what }: Finding): void => {
    if (found.has(kindOf(what))) return;
    const file = path.join(options.findings, `${target.name}-${options.seed}-${number}`);
    mkdirSync(options.findings, { recursive: true });
    writeFileSync(file, mutator.input(number));
    found.set(kindOf(what), `${what}\n    ${file}`);
  };
  const total = { accepted: 0, refused: 0, slowestMs: 0, peakBytes: 0 };
  const endsAt = options.maxSeconds === undefined ? undefined : performance.now() + options.maxSeconds * 1000;
  let from = 0;
  while (from < options.runs && found.size < maxFindings && (endsAt === undefined || performance.now() < endsAt)) {
    const child = new Child(target.name, options.seed, from, options.runs - from);
    const { told, peakBytes, lost } = await child.watch(note, endsAt);
    total.accepted += told?.accepted ?? 0;
    total.refused += told?.refused ?? 0;
    total.slowestMs = Math.max(total.slowestMs, told?.slowest.ms ?? 0);
    total.peakBytes = Math.max(total.peakBytes, peakBytes);
    if (lost === undefined) break;
    note(lost);
    from = lost.number + 1;
  }
  return { ...total, findings: [...found.values()] };
}

/** The same mistake in other words: what the message says differs from input to input, the place where it arose does not. */
function kindOf(what: string): string {
  const [, kind, where] = /^(\w+): .* (at .*)$/s.exec(what) ?? [];
  return kind === undefined ? what.replace(/\d+/g, 'N').replace(/"[^"]*"/g, 'Q') : `${kind} ${where ?? ''}`;
}

class Child {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'tatin-fuzz-'));
  readonly #inHand = path.join(this.#folder, 'in-hand');
  readonly #process: ChildProcess;
  #lostTo: string | undefined;

  constructor(name: string, seed: number, from: number, count: number) {
    const args = [name, String(seed), String(from), String(count), this.#inHand];
    this.#process = fork(path.join(import.meta.dirname, 'child.ts'), args, {
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapMegabytes}`],
      // What is left in a crash report's place says less than the input.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, TMPDIR: this.#folder },
    });
  }

  /** Waits for its end; `lost` is the input that it did not survive. */
  async watch(
    note: (finding: Finding) => void,
    endsAt: number | undefined,
  ): Promise<{ told: Told | undefined; peakBytes: number; lost: Finding | undefined }> {
    let told: Told | undefined;
    this.#process.on('message', (message) => {
      // Nobody else has the other end.
      told = message as Told;
      if (told.finding !== undefined) note(told.finding);
    });
    const look = this.#look(endsAt);
    const [code] = (await once(this.#process, 'exit')) as [number | null];
    const { peakBytes, isTimeUp } = look.stop();
    const number = this.#numberInHand() ?? 0;
    rmSync(this.#folder, { recursive: true, force: true });
    const isFine = isTimeUp || (code === 0 && told?.isOver === true);
    const what = this.#lostTo ?? `The process died with ${String(code ?? this.#process.signalCode)}.`;
    return { told, peakBytes, lost: isFine ? undefined : { number, what } };
  }

  /** Looks again and again how far it is and how large, and ends it where it goes beyond a bound. */
  #look(endsAt: number | undefined): { stop: () => { peakBytes: number; isTimeUp: boolean } } {
    let [peakBytes, isTimeUp, number, since] = [0, false, -1, performance.now()];
    const timer = setInterval(() => {
      const now = performance.now();
      const inHand = this.#numberInHand() ?? -1;
      if (inHand !== number) [number, since] = [inHand, now];
      peakBytes = Math.max(peakBytes, residentBytes(this.#process.pid ?? 0));
      if (now - since > maxInputMs) this.#end(`No answer within ${maxInputMs / 1000} s.`);
      else if (peakBytes > maxResidentBytes) this.#end(`More than ${maxResidentBytes / 1e6} MB of memory.`);
      else if (endsAt !== undefined && now > endsAt) {
        isTimeUp = true;
        this.#process.kill('SIGKILL');
      }
    }, lookEveryMs);
    return {
      stop: () => {
        clearInterval(timer);
        return { peakBytes, isTimeUp };
      },
    };
  }

  #end(why: string): void {
    this.#lostTo ??= why;
    this.#process.kill('SIGKILL');
  }

  #numberInHand(): number | undefined {
    try {
      const bytes = readFileSync(this.#inHand);
      return bytes.length === 8 ? bytes.readDoubleLE(0) : undefined;
    } catch (error) {
      return undefined;
    }
  }
}

/** Of a process as it is now; 0 where the system does not tell. */
function residentBytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch (error) {
    return 0;
  }
}
