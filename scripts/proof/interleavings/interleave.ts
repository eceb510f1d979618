import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { numbersFrom } from '../../../electron/codecs/lzfse/testing/damage.ts';
import { Library } from '../../../electron/library/library.ts';
import { OtherProgram } from '../../../electron/library/testing/other-program.ts';
import { temporaryFolder } from '../../../electron/library/testing/temporary-home.ts';
import { checkCache } from '../../../electron/registry/cache/check.ts';
import { findImage } from '../../../electron/registry/cache/clone-image.ts';
import { markOf } from './disk-mark.ts';
import { chooseOperation, type Contents, explain, imageMark, type Operation } from './operations.ts';

export interface InterleavingOptions {
  readonly count: number;
  readonly seed: number;
  /** Where the home is made; a folder in memory makes more of them a second. */
  readonly folder?: string | undefined;
  /** `host/namespace:tag` of a marked disk, for pulls beside deletions. */
  readonly image?: string | undefined;
  readonly say?: (line: string) => void;
}

export interface InterleavingReport {
  /** By program and verb: how often it was done, and how often it was refused in words. */
  readonly verbs: ReadonlyMap<string, { done: number; refused: number }>;
  readonly passed: number;
  readonly findings: readonly string[];
}

/** Far beyond what an operation takes on a busy machine: one not done by then waits for a lock that nobody gives back. */
const hangMs = 120_000;
/** Programs set out at once, and pass each other by up to so much. */
const maxSpinMicroseconds = 3000;

interface Program {
  readonly kind: 'tatin' | 'stand-in';
  readonly process: OtherProgram;
}

/**
 * Two Tatins and a stand-in for Tart do things in one home at the same time, thousands of times: mostly all three, about the
 * same few names. After each time every machine must be whole, what there is must be what their answers say in one order
 * or another, no two machines have one MAC address, no two programs one lock, and nothing is left in `tmp/`.
 */
export async function interleave(options: InterleavingOptions): Promise<InterleavingReport> {
  using folder = temporaryFolder(options.folder);
  process.env.XDG_DATA_HOME = path.join(folder.path, 'data');
  const held = path.join(folder.path, 'held');
  mkdirSync(held);
  const library = await Library.open(path.join(folder.path, 'home'));
  await using programs = new AsyncDisposableStack();
  const worker = path.join(import.meta.dirname, 'worker.ts');
  const standIn = readFileSync(path.join(import.meta.dirname, 'stand-in.py'), 'utf8');
  const tatin = () =>
    OtherProgram.node(worker, library.home.path, held, ...(options.image === undefined ? [] : [options.image]));
  const all: Program[] = [
    { kind: 'tatin', process: programs.use(tatin()) },
    { kind: 'tatin', process: programs.use(tatin()) },
    { kind: 'stand-in', process: programs.use(OtherProgram.python(standIn, library.home.path, held)) },
  ];
  for (const program of all)
    if ((await program.process.line()) !== 'ready') throw new Error('A program did not start.');
  return await rounds(all, library, held, options);
}

async function rounds(
  all: readonly Program[],
  library: Library,
  held: string,
  { count, seed, image, say = () => undefined }: InterleavingOptions,
): Promise<InterleavingReport> {
  const next = numbersFrom(seed);
  const verbs = new Map<string, { done: number; refused: number }>();
  const findings: string[] = [];
  let [passed, contents]: [number, Contents] = [0, { machines: new Map(), hasImage: false }];
  for (let round = 1; round <= count; round++) {
    // One of four times only two of them, so that each pair meets alone as well.
    const left = next(4) === 0 ? next(all.length) : undefined;
    const told = all.flatMap((program, index) =>
      index === left
        ? []
        : [
            {
              program,
              operation: chooseOperation(program.kind, contents, {
                next,
                fresh: `disk-${round}-${index}`,
                withImages: image !== undefined,
              }),
            },
          ],
    );
    const answers = await Promise.all(
      told.map(({ program, operation }) => ask(program, operation, next(maxSpinMicroseconds))),
    );
    const done = told.filter((_, index) => answers[index] === 'done').map(({ operation }) => operation);
    told.forEach(({ program, operation }, index) =>
      note(verbs, `${program.kind} ${operation.verb}`, answers[index] === 'done'),
    );
    const { found, wrong } = await look(library, held, { image, isDeep: done.some(({ verb }) => verb === 'pull') });
    const raw = answers.filter((answer) => /^(unexpected|broken-lock|hang)/.test(answer));
    if (!explain(contents, done, found)) wrong.push(`What there is (${shown(found)}) is not what the answers say.`);
    if (raw.length + wrong.length === 0) passed++;
    else {
      const lines = told.map(
        ({ program, operation: { verb, words } }, index) =>
          `    ${program.kind}: ${verb} ${words.join(' ')}: ${answers[index] ?? ''}`,
      );
      findings.push(
        [`Round ${round}, before: ${shown(contents)}`, ...lines, ...wrong.map((line) => `    ${line}`)].join('\n'),
      );
      say(findings.at(-1) ?? '');
    }
    if (answers.includes('hang')) break;
    contents = found;
    if (round % 500 === 0) say(`${round} of ${count}, ${findings.length} failed`);
  }
  return { verbs, passed, findings };
}

async function ask({ process: program }: Program, { verb, words }: Operation, spin: number): Promise<string> {
  program.say([spin, verb, ...words].join(' '));
  const calledOff = new AbortController();
  const bell = delay(hangMs, 'hang', { signal: calledOff.signal }).catch(() => 'off');
  const answer = await Promise.race([program.line(), bell]);
  calledOff.abort();
  return answer;
}

function note(verbs: Map<string, { done: number; refused: number }>, key: string, isDone: boolean): void {
  const counts = verbs.get(key) ?? { done: 0, refused: 0 };
  counts[isDone ? 'done' : 'refused']++;
  verbs.set(key, counts);
}

/** What is in the home, and what is wrong with it. Nobody works on it meanwhile. */
async function look(
  library: Library,
  held: string,
  { image, isDeep }: { image: string | undefined; isDeep: boolean },
): Promise<{ found: Contents; wrong: string[] }> {
  const { home } = library;
  const wrong: string[] = [];
  const machines = new Map<string, string>();
  const macs = new Map<string, string>();
  for (const entry of await library.list()) {
    if (entry.kind !== 'machine') {
      wrong.push(`${entry.name} is broken: ${entry.reason}.`);
      // Counted once, and not in every round from here on.
      rmSync(entry.folder, { recursive: true });
      continue;
    }
    const mark = markOf(readFileSync(path.join(entry.folder, 'disk.img')));
    if (mark === undefined) wrong.push(`The disk of ${entry.name} has wrong bytes.`);
    machines.set(entry.name, mark ?? '?');
    const { macAddress: mac } = entry.config;
    const other = macs.get(mac);
    if (other !== undefined) wrong.push(`${entry.name} and ${other} have the same MAC address.`);
    macs.set(mac, entry.name);
  }
  const left = [...readdirSync(home.tmp), ...readdirSync(held).map((name) => `held/${name}`)];
  if (left.length > 0) wrong.push(`Left behind: ${left.join(', ')}.`);
  if (isDeep) wrong.push(...(await brokenImages(library)));
  await library.sweep();
  return { found: { machines, hasImage: image !== undefined && findImage(home, image) !== undefined }, wrong };
}

async function brokenImages(library: Library): Promise<string[]> {
  const checked = await checkCache(library.home, { signal: new AbortController().signal });
  return checked.flatMap(({ id, state, problems }) =>
    state === 'whole' ? [] : [`${id} is ${state}: ${problems.join(' ')}`],
  );
}

function shown({ machines, hasImage }: Contents): string {
  return [...machines].map(([name, mark]) => `${name}=${mark}`).join(' ') + (hasImage ? ` ${imageMark}` : '');
}
