/**
 * Feeds damaged archives and LZFSE streams to what reads them: `npm run fuzz`, a million of them, or
 * `npm run fuzz -- --count 20000 --seed 7`. A child does the work, so that a crash or a hang is seen and its cases are named;
 * the same seed and case give the same input again. `--sanitize` runs the native decoder alone, built with the compiler's
 * sanitizers for addresses and undefined behaviour.
 */
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { archiveFuzzer, type Outcome, streamFuzzer } from '../electron/images/apple-archive/testing/fuzz.ts';
import { asFirstVersion } from '../electron/images/lzfse/testing/first-version.ts';
import { vectorNamed } from '../electron/images/lzfse/testing/vectors.ts';

/** Of so many cases one is a whole archive, which takes far longer than a stream. */
const archiveEvery = 20;
const batchCases = 200;
/** A batch takes well under a second; on a busy machine a few. */
const hangMs = 60_000;
/** What a child may grow by once it is warm: its heap breathes, and batches hold a few MB. */
const growthBytes = 150e6;

/** Told after every batch. */
interface Batch {
  readonly from: number;
  readonly residentBytes: number;
  readonly accepted: number;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    child: { type: 'boolean', default: false },
    sanitize: { type: 'boolean', default: false },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('fuzz: --count and --seed are whole numbers.');
  process.exitCode = 64;
} else if (values.child) await work();
else if (values.sanitize) sanitize();
else process.exitCode = await watch();

/** The child: runs all cases and tells after each batch. */
async function work(): Promise<void> {
  const streams = streamFuzzer(seed);
  using archives = archiveFuzzer(seed);
  let accepted = 0;
  for (let from = 0; from < count; from += batchCases) {
    const numbers = Array.from({ length: Math.min(batchCases, count - from) }, (_, index) => from + index);
    const note = (outcome: Outcome) => (accepted += outcome === 'accepted' ? 1 : 0);
    const named = (number: number) => (error: unknown) => {
      throw new Error(`Case ${number} of seed ${seed} failed.`, { cause: error });
    };
    // Streams side by side, as blocks of an archive are; archives share a folder, so one after the other.
    const isArchive = (number: number) => number % archiveEvery === 0;
    await Promise.all(
      numbers.filter((number) => !isArchive(number)).map((number) => streams(number).then(note, named(number))),
    );
    for (const number of numbers.filter(isArchive)) await archives(number).then(note, named(number));
    const batch: Batch = { from, residentBytes: process.memoryUsage.rss(), accepted };
    process.send?.(batch);
  }
  process.disconnect();
}

/** The parent: waits for the child, and says what became of it. */
async function watch(): Promise<number> {
  const child = fork(import.meta.filename, ['--child', '--count', String(count), '--seed', String(seed)]);
  let last: Batch | undefined;
  let warmBytes: number | undefined;
  const hanging = new AbortController();
  const giveUp = () => {
    hanging.abort();
    child.kill('SIGKILL');
  };
  let timer = setTimeout(giveUp, hangMs);
  child.on('message', (message) => {
    // Nobody else has the other end.
    last = message as Batch;
    clearTimeout(timer);
    timer = setTimeout(giveUp, hangMs);
    if (last.from >= count / 10) warmBytes ??= last.residentBytes;
    if ((last.from / batchCases) % 250 === 0) console.log(line(last));
  });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearTimeout(timer);
  const from = last === undefined ? 0 : last.from + batchCases;
  if (hanging.signal.aborted) return failed(`It hung in the cases from ${from} on of seed ${seed}.`);
  if (code !== 0 || last === undefined) return failed(`It died in the cases from ${from} on of seed ${seed}.`);
  const grown = last.residentBytes - (warmBytes ?? last.residentBytes);
  if (grown > growthBytes) return failed(`It grew by ${Math.round(grown / 1e6)} MB.`);
  console.log(`${line({ ...last, from: count })}: no crash, no hang, grown by ${Math.round(grown / 1e6)} MB.`);
  return 0;
}

function line({ from, accepted, residentBytes }: Batch): string {
  return `${from} damaged inputs, ${accepted} of them still of use, ${Math.round(residentBytes / 1e6)} MB`;
}

function failed(why: string): number {
  console.error(`fuzz: ${why}`);
  return 1;
}

/** Builds the native decoder with a driver of its own, and lets that do the damage. */
function sanitize(): void {
  const native = path.join(import.meta.dirname, '../native/codec');
  const folder = mkdtempSync(path.join(tmpdir(), 'tatin-fuzz-'));
  try {
    const program = path.join(folder, 'fuzz');
    const sources = ['fuzz', 'format', 'decoder', 'lzvn', 'match-finder', 'encoder'];
    run('c++', [
      ...['-std=c++17', '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-o', program],
      ...sources.map((name) => path.join(native, `${name}.cc`)),
    ]);
    const streams = ['tiny', 'lzvn-short', 'zeros', 'text'].map(vectorNamed);
    const { packed, plainBytes } = vectorNamed('zeros');
    const seeds = [...streams, { packed: asFirstVersion(packed), plainBytes }].flatMap((stream, index) => {
      const file = path.join(folder, `seed-${index}`);
      writeFileSync(file, stream.packed);
      return [file, String(stream.plainBytes)];
    });
    run(program, [String(count), String(seed), ...seeds]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined || status !== 0) {
    console.error(`fuzz: ${program} failed.`);
    process.exitCode = 1;
  }
}
