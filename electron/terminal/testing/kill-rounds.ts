import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createReadStream, ftruncateSync, openSync, readdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Library } from '../../library/library.ts';
import { generator } from '../../library/testing/random.ts';
import { layDownVm } from '../../library/testing/temporary-home.ts';
import { checkCache } from '../../registry/cache/check.ts';
import { findImage } from '../../registry/cache/clone-image.ts';
import { deleteImage } from '../../registry/cache/remove.ts';
import { startRegistry } from '../../registry/client/testing/registry.ts';
import { TatinHome } from './tatin.ts';

export interface KillOptions {
  readonly rounds: number;
  /** The same seed tries the same commands at the same shares of their time. */
  readonly seed: number;
  /** Of the disk, 512 MiB each. */
  readonly layers: number;
  readonly say?: (line: string) => void;
}

const layerBytes = 512 * 1024 ** 2;
/** What each half of a layer holds beside its hole. */
const dataBytes = 3 * 1024 ** 2;
/** How long a command is thought to take until one has shown it. */
const guessedMs = 3000;

/**
 * Kills pulls, pushes, clones and prunes at random moments, and makes sure after each that the cache holds nothing but
 * whole images and the library nothing but whole VMs; in the end, that every command gets to its end from whatever was
 * left, with the same bytes.
 * @returns how many commands were killed before they ended
 * @throws Error that says what was found
 */
export async function killRounds({ rounds, seed, layers, say = () => undefined }: KillOptions): Promise<number> {
  await using registry = await startRegistry();
  using home = new TatinHome();
  const library = await Library.open(home.path);
  const disk = path.join(layDownVm(library, 'source'), 'disk.img');
  fillDisk(disk, layers);
  const digest = await digestOf(disk);
  const image = `${registry.host}/team/web:v1`;
  await mustRun(home, ['push', 'source', image, '--insecure']);

  const random = generator(seed);
  const commands = new Commands(library, image);
  let killed = 0;
  for (let round = 1; round <= rounds; round++) {
    const { name, args } = await commands.next(random(), `${round}`);
    const { ms, isKilled } = await runAndKill(home, args, random() * commands.lastsMs(name) * 1.1);
    if (isKilled) killed++;
    commands.learn(name, ms, isKilled);
    say(`${round}/${rounds}: ${name} ${isKilled ? 'killed' : 'ended'} after ${Math.round(ms)} ms`);
    await check(library);
  }

  await mustRun(home, ['pull', image, '--insecure']);
  await mustRun(home, ['clone', image, 'last']);
  await mustRun(home, ['push', 'source', `${registry.host}/team/last:v1`, '--insecure']);
  await check(library);
  if ((await digestOf(path.join(library.home.vmFolder('last'), 'disk.img'))) !== digest)
    throw new Error('The disk that came back is another one.');
  await library.sweep();
  const left = readdirSync(library.home.tmp);
  if (left.length > 0) throw new Error(`Left behind in tmp: ${left.join(', ')}`);
  return killed;
}

type Name = 'pull' | 'push' | 'clone' | 'prune';
const names: readonly Name[] = ['pull', 'push', 'clone', 'prune'];

/** What can be killed, each with something to do. */
class Commands {
  readonly #library: Library;
  readonly #image: string;
  readonly #lastsMs = new Map<Name, number>();

  constructor(library: Library, image: string) {
    this.#library = library;
    this.#image = image;
  }

  lastsMs(name: Name): number {
    return this.#lastsMs.get(name) ?? guessedMs;
  }

  /** One that was killed late would have gone on for a while; so that its last moments are hit too. */
  learn(name: Name, ms: number, isKilled: boolean): void {
    if (!isKilled) this.#lastsMs.set(name, ms);
    else if (ms > this.lastsMs(name) * 0.7) this.#lastsMs.set(name, ms * 1.5);
  }

  /** @param choice 0 to 1 */
  async next(choice: number, round: string): Promise<{ name: Name; args: string[] }> {
    const { home } = this.#library;
    const repository = this.#image.replace(/:v1$/, '');
    const cached = findImage(home, this.#image);
    const name = names[Math.floor(choice * names.length)] ?? 'pull';
    switch (name) {
      case 'pull':
        if (cached !== undefined) await deleteImage(home, cached.id);
        return { name, args: ['pull', this.#image, '--insecure'] };
      case 'push':
        // Else there would be nothing to send.
        overwriteStart(path.join(home.vmFolder('source'), 'disk.img'));
        return { name, args: ['push', 'source', `${repository}:${round}`, '--insecure'] };
      case 'clone':
        return { name, args: ['clone', this.#image, `copy${round}`, '--insecure'] };
      case 'prune':
        return { name, args: ['prune', '--space-budget', '0'] };
    }
  }
}

function overwriteStart(file: string): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, randomBytes(dataBytes), 0, dataBytes, 0);
  closeSync(fd);
}

async function runAndKill(
  home: TatinHome,
  args: readonly string[],
  afterMs: number,
): Promise<{ ms: number; isKilled: boolean }> {
  const began = performance.now();
  const child = home.start(args);
  let said = '';
  child.stdout?.resume();
  child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const closed = once(child, 'close');
  const calledOff = new AbortController();
  // The moment itself is what is tested; nothing depends on how far the command is by then.
  const bell = delay(afterMs, undefined, { signal: calledOff.signal }).then(
    () => child.kill('SIGKILL'),
    () => false,
  );
  await closed;
  calledOff.abort();
  await bell;
  const isKilled = child.signalCode === 'SIGKILL';
  if (!isKilled && child.exitCode !== 0) throw new Error(`tatin ${args.join(' ')} failed: ${said}`);
  return { ms: performance.now() - began, isKilled };
}

async function check(library: Library): Promise<void> {
  const { signal } = new AbortController();
  for (const { id, state, problems } of await checkCache(library.home, { signal }))
    if (state !== 'whole') throw new Error(`${id} is ${state}: ${problems.join(' ')}`);
  for (const entry of await library.list())
    if (entry.kind === 'unreadable') throw new Error(`${entry.name}: ${entry.reason}`);
}

async function mustRun(home: TatinHome, args: readonly string[]): Promise<void> {
  const { exitCode, err } = await home.run(args);
  if (exitCode !== 0) throw new Error(`tatin ${args.join(' ')} ended with ${String(exitCode)}: ${err}`);
}

/** In each layer two pieces that can't be packed, and holes. */
function fillDisk(file: string, layers: number): void {
  const fd = openSync(file, 'w');
  for (let at = 0; at < layers * layerBytes; at += layerBytes / 2)
    writeSync(fd, randomBytes(dataBytes), 0, dataBytes, at);
  ftruncateSync(fd, layers * layerBytes);
  closeSync(fd);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) hash.update(bytes);
  return hash.digest('hex');
}
