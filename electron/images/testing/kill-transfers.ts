import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Library } from '../../library/library.ts';
import { OtherProgram } from '../../library/testing/other-program.ts';
import { generator } from '../../library/testing/random.ts';
import { quietWork, temporaryFolder } from '../../library/testing/temporary-home.ts';
import { exportMachine } from '../export/export-machine.ts';
import { sweepPartialExports } from '../export/partial-exports.ts';
import { findMachine } from '../import/find-machine.ts';
import { makeMachine } from '../import/make-machine.ts';
import { makeDisk, makeImage, run } from '../import/testing/sample-images.ts';

export interface TransferKills {
  readonly rounds: number;
  /** The same seed tries the same work at the same shares of its time. */
  readonly seed: number;
  readonly say?: (line: string) => void;
}

const program = path.join(import.meta.dirname, 'work-on-transfers.ts');
/** How long a piece of work is thought to take until one has shown it. */
const guessedMs = 400;

/**
 * Kills exports and imports at random moments, and makes sure after each that there is nothing but whole machines and
 * whole files, and after a sweep nothing else; in the end, that every import gets to its end from what was kept.
 * @returns how many were killed in the middle
 * @throws Error that says what was found
 */
export async function killTransfers({ rounds, seed, say = () => undefined }: TransferKills): Promise<number> {
  using folder = temporaryFolder();
  const bed = await Bed.make(folder.path);
  const random = generator(seed);
  const lastsMs = new Map<string, number>();
  let killed = 0;
  for (let round = 1; round <= rounds; round++) {
    const { what, line } = bed.next(random(), round);
    const guess = lastsMs.get(what) ?? guessedMs;
    const { ms, isKilled } = await killAfter(bed.library.home.path, line, random() * guess * 1.1);
    if (isKilled) killed++;
    // One that was killed late would have gone on for a while; so that its last moments are hit too.
    lastsMs.set(what, !isKilled ? ms : ms > guess * 0.7 ? ms * 1.5 : guess);
    say(`${round}/${rounds}: ${what} ${isKilled ? 'killed' : 'ended'} after ${Math.round(ms)} ms`);
    await bed.check();
  }
  await bed.finish();
  return killed;
}

async function killAfter(home: string, line: string, afterMs: number): Promise<{ ms: number; isKilled: boolean }> {
  await using other = OtherProgram.node(program, home);
  if ((await other.line()) !== 'ready') throw new Error('The program did not start.');
  const began = performance.now();
  other.say(line);
  const answer = other.line().catch(() => 'killed');
  // The moment itself is what is tested; nothing depends on how far the work is by then.
  const first = await Promise.race([answer, delay(afterMs, 'late' as const)]);
  if (first === 'late') other.kill();
  const said = await answer;
  if (said !== 'done' && said !== 'killed') throw new Error(`${line}: ${said}`);
  return { ms: performance.now() - began, isKilled: said === 'killed' };
}

/** A machine, files to import, and a folder to export to. */
class Bed {
  readonly library: Library;
  readonly #raw: string;
  readonly #sources: readonly string[];
  readonly #target: string;
  readonly #digest: string;

  private constructor(library: Library, raw: string, sources: readonly string[], target: string) {
    this.library = library;
    this.#raw = raw;
    this.#sources = sources;
    this.#target = target;
    this.#digest = digestOf(raw);
  }

  static async make(folder: string): Promise<Bed> {
    const raw = path.join(folder, 'web.img');
    makeDisk(raw, { data: 16 });
    const library = await Library.open(path.join(folder, 'home'));
    const target = path.join(folder, 'exported');
    mkdirSync(target);
    const archive = path.join(folder, 'web.tvm');
    await exportMachine(library.home, await importFile(library, raw, 'source'), asArchive(archive), quietWork());
    const qcow2 = makeImage(raw, { name: 'web.qcow2', format: 'qcow2', options: '' });
    run('zstd', ['-q', '-1', '-k', raw]);
    return new Bed(library, raw, [raw, qcow2, archive, `${raw}.zst`], target);
  }

  /** @param choice 0 to 1 */
  next(choice: number, round: number): { what: string; line: string } {
    const works = [
      ...['tvm', 'raw', 'qcow2'].map((format) => ({
        what: `export of ${format}`,
        line: `export source ${path.join(this.#target, `${round}.${format}`)} ${format}`,
      })),
      ...this.#sources.map((file) => ({
        what: `import of ${path.basename(file)}`,
        line: `import new${round} ${file}`,
      })),
    ];
    const chosen = works[Math.floor(choice * works.length)];
    if (chosen === undefined) throw new Error('There is nothing to do.');
    return chosen;
  }

  async check(): Promise<void> {
    for (const entry of await this.library.list()) {
      if (entry.kind !== 'machine') throw new Error(`${entry.name}: ${entry.reason}`);
      this.#same(path.join(entry.folder, 'disk.img'));
      if (entry.name !== 'source') await this.library.delete(entry.name, 'permanent');
    }
    for (const name of readdirSync(this.#target).filter((one) => !one.startsWith('.'))) await this.#checkExport(name);
    await this.library.sweep();
    await sweepPartialExports(this.library.home);
    const left = [this.library.home.tmp, path.join(this.library.home.cache, 'Tatin', 'exports'), this.#target]
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder));
    const hidden = left.filter((name) => !/^\d+\.(tvm|raw|qcow2)$/.test(name));
    if (hidden.length > 0) throw new Error(`Left behind: ${hidden.join(', ')}`);
  }

  async #checkExport(name: string): Promise<void> {
    const made = await importFile(this.library, path.join(this.#target, name), 'checked');
    this.#same(path.join(made.folder, 'disk.img'));
    await this.library.delete('checked', 'permanent');
    run('rm', [path.join(this.#target, name)]);
  }

  /** Every import goes on from whatever was kept of it. */
  async finish(): Promise<void> {
    for (const file of this.#sources) {
      await using other = OtherProgram.node(program, this.library.home.path);
      await other.line();
      other.say(`import last ${file}`);
      const said = await other.line();
      if (said !== 'done') throw new Error(`The last import of ${file}: ${said}`);
      await this.check();
    }
    const kept = path.join(this.library.home.cache, 'Tatin', 'imports');
    const left = existsSync(kept) ? readdirSync(kept) : [];
    if (left.length > 0) throw new Error(`Kept of ${this.#raw}: ${left.join(', ')}`);
  }

  #same(disk: string): void {
    if (digestOf(disk) !== this.#digest) throw new Error(`${disk} is another disk.`);
  }
}

const asArchive = (file: string) => ({ path: file, format: 'tvm' as const, overwrite: false });

const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

async function importFile(library: Library, file: string, name: string) {
  const found = await findMachine(file, new AbortController().signal);
  if (found.is !== 'machine') throw new Error(`${file} is ${found.is}`);
  return await makeMachine(library, found.plan, { name, how: 'copy' }, quietWork());
}
