import { numbersFrom } from '../../../electron/codecs/lzfse/testing/damage.ts';
import { KillBed, type Machines } from './kill-bed.ts';
import type { Ended, KillMode } from './tatin-command.ts';
import { type Verb, verbsOf } from './verbs.ts';

export interface KillOptions {
  /** Kills that are wanted; commands that end before their kill do not count. */
  readonly count: number;
  /** The same seed kills the same verbs at the same shares of their time. */
  readonly seed: number;
  readonly withRegistry: boolean;
  /** Where the home is made; a folder in memory is faster than a disk. */
  readonly folder?: string | undefined;
  /** Only these verbs; without: all. */
  readonly verbs?: readonly string[] | undefined;
  readonly say?: (line: string) => void;
}

/** What became of the rounds of one verb. */
export interface VerbCounts {
  /** Killed before the program was up, within its work, and not at all since it had ended. */
  early: number;
  inside: number;
  ended: number;
  failed: number;
}

export interface KillReport {
  readonly verbs: ReadonlyMap<string, VerbCounts>;
  readonly killed: number;
  readonly findings: readonly string[];
}

/** A child of a killed program notices when it writes or is told; on a busy machine that takes a while. */
const patienceMs = 30_000;

/**
 * Kills every verb at random moments. After each kill every machine that was there is there, with its bytes, nothing half
 * made is listed, and the command that is asked again gets to its end; then nothing is left in `tmp/`, of unfinished work,
 * of temporary files, or of processes.
 */
export async function killRounds(options: KillOptions): Promise<KillReport> {
  await using bed = await KillBed.make(options);
  const verbs = verbsOf(bed).filter(({ name }) => options.verbs?.includes(name) ?? true);
  const rounds = new Rounds(bed, numbersFrom(options.seed));
  const { ms: bootMs } = await bed.tatin.run(['list']);
  options.say?.(`A command is up after ${Math.round(bootMs)} ms; ${verbs.length} verbs.`);
  while (rounds.killed < options.count) {
    const verb = verbs[rounds.done % verbs.length];
    if (verb === undefined) throw new Error('There is no such verb.');
    const wrong = await rounds.one(verb, bootMs);
    for (const line of wrong) options.say?.(line);
    if (rounds.done % 50 === 0)
      options.say?.(`${rounds.killed} of ${options.count} killed, ${rounds.findings.length} failed`);
  }
  return rounds;
}

class Rounds implements KillReport {
  readonly verbs = new Map<string, VerbCounts>();
  readonly findings: string[] = [];
  killed = 0;
  done = 0;
  readonly #bed: KillBed;
  readonly #next: (below: number) => number;
  /** How long each verb takes when nobody kills it. */
  readonly #lastsMs = new Map<string, number>();

  constructor(bed: KillBed, next: (below: number) => number) {
    this.#bed = bed;
    this.#next = next;
  }

  /** @returns what is wrong, to be told */
  async one(verb: Verb, bootMs: number): Promise<string[]> {
    const round = this.done++;
    const args = await verb.prepare(round);
    const before = this.#bed.machines().machines;
    const lastsMs = this.#lastsMs.get(verb.name);
    // The first time it is only looked at; then one in eight is killed anywhere, the others while it works.
    const from = this.#next(8) === 0 ? 0 : Math.min(bootMs * 0.8, (lastsMs ?? 0) * 0.8);
    const afterMs = from + (this.#next(1000) / 1000) * ((lastsMs ?? 0) * 1.05 - from);
    const mode: KillMode = this.#next(2) === 0 ? 'alone' : 'group';
    const ended = await this.#bed.tatin.run(args, lastsMs === undefined ? undefined : { afterMs, mode });
    this.#learn(verb.name, ended);
    const wrong = await this.#check(verb, { round, args, before, ended });
    this.#count(verb.name, ended, bootMs, wrong.length > 0);
    if (wrong.length > 0)
      this.findings.push(
        `${verb.name}, round ${round}, ${ended.isKilled ? `killed (${mode}) after ${Math.round(ended.ms)} ms` : 'ended'}: ${wrong.join(' ')}`,
      );
    await this.#bed.reset();
    return wrong.length > 0 ? this.findings.slice(-1) : [];
  }

  #learn(name: string, { ms, isKilled }: Ended): void {
    const known = this.#lastsMs.get(name);
    if (!isKilled) this.#lastsMs.set(name, known === undefined ? ms : (known + ms) / 2);
    // One that was killed late would have gone on for a while; so that its last moments are hit too.
    else if (known !== undefined && ms > known) this.#lastsMs.set(name, ms);
  }

  #count(name: string, { ms, isKilled }: Ended, bootMs: number, hasFailed: boolean): void {
    const counts = this.verbs.get(name) ?? { early: 0, inside: 0, ended: 0, failed: 0 };
    counts[!isKilled ? 'ended' : ms < bootMs ? 'early' : 'inside']++;
    if (hasFailed) counts.failed++;
    if (isKilled) this.killed++;
    this.verbs.set(name, counts);
  }

  async #check(
    verb: Verb,
    { round, args, before, ended }: { round: number; args: string[]; before: Machines; ended: Ended },
  ): Promise<string[]> {
    const bed = this.#bed;
    const wanted = verb.after?.(before) ?? before;
    if (!ended.isKilled && ended.exitCode !== 0) return [`It failed: ${ended.err.slice(0, 300)}`];
    const left = await bed.tatin.leftProcesses(patienceMs);
    const wrong = left.map((one) => `A process is left: ${one}.`);
    const found = bed.machines();
    wrong.push(...found.wrong);
    const isDone = same(found.machines, wanted);
    if (!isDone && !same(found.machines, before))
      wrong.push(`Machines are ${shown(found.machines)}, and were ${shown(before)}.`);
    wrong.push(...((await verb.check?.(!ended.isKilled, round)) ?? []));
    if (wrong.length > 0) return wrong;
    return await this.#again(verb, { round, args, wanted, isDone: isDone && (await isComplete(verb, round)) });
  }

  /** The same again, which must get to its end from whatever was left. */
  async #again(
    verb: Verb,
    { round, args, wanted, isDone }: { round: number; args: string[]; wanted: Machines; isDone: boolean },
  ): Promise<string[]> {
    const bed = this.#bed;
    if (verb.isOnce !== true || !isDone) {
      const { exitCode, err } = await bed.tatin.run(args);
      if (exitCode !== 0) return [`Asked again, it failed: ${err.slice(0, 300)}`];
    }
    const found = bed.machines();
    const wrong = [...found.wrong, ...((await verb.check?.(true, round)) ?? [])];
    if (!same(found.machines, wanted)) wrong.push(`Asked again, machines are ${shown(found.machines)}.`);
    wrong.push(...(await bed.brokenImages()));
    const left = await bed.leftovers();
    if (left.length > 0) wrong.push(`Left behind: ${left.join(', ')}.`);
    return wrong;
  }
}

/** Verbs that change no machine of the home tell by themselves whether they are done. */
async function isComplete(verb: Verb, round: number): Promise<boolean> {
  return verb.check === undefined || (await verb.check(true, round)).length === 0;
}

function same(a: Machines, b: Machines): boolean {
  return a.size === b.size && [...a].every(([name, content]) => b.get(name) === content);
}

function shown(machines: Machines): string {
  return [...machines].map(([name, content]) => `${name} ${content.slice(0, 6)}`).join(', ');
}
