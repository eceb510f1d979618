/**
 * Runs inputs of one target in a process of its own, so that a crash, a hang and a greedy reader are seen from outside:
 * `node child.ts TARGET SEED FROM COUNT FILE`. The number of the input in hand is in FILE, since nothing else can be asked
 * of a process that hangs.
 */
import { openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Mutator } from './mutate.ts';
import { seedsOf } from './target.ts';
import { targetNamed } from './targets.ts';

/** Told every so often, and at the end. */
export interface Told {
  readonly accepted: number;
  readonly refused: number;
  /** The input that took longest. */
  readonly slowest: { readonly number: number; readonly ms: number };
  readonly isOver: boolean;
  readonly finding?: Finding;
}

/** An input that its reader must not answer so. */
export interface Finding {
  readonly number: number;
  readonly what: string;
}

const tellEveryMs = 500;

async function work([name = '', seed = '', from = '', count = '', file = '']: readonly string[]): Promise<void> {
  const target = targetNamed(name);
  const mutator = new Mutator(target, seedsOf(target), Number(seed));
  const inHand = openSync(file, 'w');
  const number = Buffer.alloc(8);
  const counts = { accepted: 0, refused: 0, slowest: { number: -1, ms: 0 } };
  let told = performance.now();
  for (let at = Number(from); at < Number(from) + Number(count); at++) {
    number.writeDoubleLE(at);
    writeSync(inHand, number, 0, 8, 0);
    const input = mutator.input(at);
    const began = performance.now();
    try {
      counts[await target.run(input)]++;
    } catch (error) {
      tell({ ...counts, isOver: false, finding: { number: at, what: described(error) } });
    }
    const ended = performance.now();
    if (ended - began > counts.slowest.ms) counts.slowest = { number: at, ms: ended - began };
    if (ended - told < tellEveryMs) continue;
    told = ended;
    tell({ ...counts, isOver: false });
    // Readers that answer at once would keep everything else waiting, and what they leave is collected here.
    await new Promise((resolve) => setImmediate(resolve));
  }
  tell({ ...counts, isOver: true });
  process.disconnect();
}

function tell(told: Told): void {
  process.send?.(told);
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [where] = (error.stack ?? '').split('\n').filter((line) => line.includes('/electron/'));
  const cause = error.cause instanceof Error ? ` (${error.cause.message.slice(0, 100)})` : '';
  return `${error.name}: ${error.message.replace(/\s+/g, ' ').slice(0, 200)}${cause}${where === undefined ? '' : ` ${where.trim()}`}`;
}

await work(process.argv.slice(2));
