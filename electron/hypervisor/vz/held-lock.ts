import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { Emitter } from '../../contract/emitter.ts';
import { AppError } from '../../contract/errors.ts';
import { compiledFolder } from '../../host/folders.ts';
import { type VmConfig, parseConfig } from '../../library/config.ts';
import { type HolderLine, type RequestedVerb, holderDescriptor, holderLineSchema } from './lock-holder-wire.ts';

/**
 * Tart's running lock on a VM, held by a process of its own for as long as this is not released. What others ask of that
 * process by signals arrives here; its pid is what `tart list` finds.
 */
export class HeldLock implements AsyncDisposable {
  /** As it was read under the lock; the MAC address may have been renewed. */
  readonly config: VmConfig;
  /** Resolves when the process ends that holds it: after a release, or because somebody killed it. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #requests = new Emitter<RequestedVerb>();
  #isReleased = false;

  private constructor(child: ChildProcess, config: VmConfig, ended: Promise<void>) {
    this.#child = child;
    this.config = config;
    this.ended = ended;
  }

  /**
   * Takes the lock under the home's, as Tart does.
   * @throws AppError `vm-running`, `vm-not-found`, `vm-unreadable`, `file-not-allowed`, `cancelled`
   */
  static async take(folder: string, signal: AbortSignal, entry = holderEntry()): Promise<HeldLock> {
    throwIfCalledOff(signal);
    const child = spawnHolder(entry, folder);
    const ended = endOf(child);
    const callOff = () => child.stdin?.end();
    signal.addEventListener('abort', callOff);
    try {
      const held: { lock?: HeldLock } = {};
      const first = await firstLine(child, (line) => {
        if ('asked' in line) held.lock?.tell(line.asked);
      });
      throwIfCalledOff(signal);
      if (first === undefined || !('locked' in first)) throw reasonOf(first);
      held.lock = new HeldLock(child, parseConfig(first.config), ended);
      return held.lock;
    } catch (error) {
      child.stdin?.end();
      await ended;
      throw error;
    } finally {
      signal.removeEventListener('abort', callOff);
    }
  }

  get pid(): number {
    // A process that said that it has the lock has a pid.
    return this.#child.pid ?? 0;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Calls `listener` with what is asked by signals until the returned function is called. */
  onRequest(listener: (verb: RequestedVerb) => void): () => void {
    return this.#requests.on(listener);
  }

  private tell(verb: RequestedVerb): void {
    this.#requests.emit(verb);
  }

  /** Resolves when others can take the lock. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#child.stdin?.end();
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

function throwIfCalledOff(signal: AbortSignal): void {
  if (signal.aborted) throw AppError.from(signal.reason);
}

/** A session of its own, so that Ctrl-C in the terminal that started the app asks nothing of the guest. */
function spawnHolder(entry: string, folder: string): ChildProcess {
  const { NODE_OPTIONS: _ours, NODE_CHANNEL_FD: _channel, ...environment } = process.env;
  const child = spawn(process.execPath, ['--disable-sigusr1', '--disable-warning=ExperimentalWarning', entry, folder], {
    cwd: '/',
    detached: true,
    env: {
      ...environment,
      NODE_COMPILE_CACHE: compiledFolder(),
      ...('electron' in process.versions ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
    },
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  });
  child.stdin?.on('error', () => undefined);
  return child;
}

/** Resolves with the first line, or undefined if it ends without one; `later` gets those that follow. */
function firstLine(child: ChildProcess, later: (line: HolderLine) => void): Promise<HolderLine | undefined> {
  const { promise, resolve } = Promise.withResolvers<HolderLine | undefined>();
  const channel = child.stdio[holderDescriptor];
  child.once('error', () => resolve(undefined));
  if (!(channel instanceof Readable)) return Promise.resolve(undefined);
  let isFirst = true;
  createInterface({ input: channel })
    .on('line', (text) => {
      const line = parseLine(text);
      if (line === undefined) return;
      if ('asked' in line) later(line);
      else if (isFirst) resolve(line);
      isFirst = isFirst && 'asked' in line;
    })
    .on('close', () => resolve(undefined));
  return promise;
}

function parseLine(text: string): HolderLine | undefined {
  try {
    return holderLineSchema.parse(JSON.parse(text));
  } catch (error) {
    return undefined;
  }
}

function reasonOf(line: HolderLine | undefined): AppError {
  if (line !== undefined && 'error' in line) return AppError.fromInfo(line.error);
  return new AppError('start-failed', "The process that was to hold the machine's lock ended at once.", {
    retry: true,
  });
}

function endOf(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  child.once('exit', () => resolve(undefined));
  child.once('error', () => resolve(undefined));
  return promise;
}

/** `lock-holder.js` beside the bundle that this file is in, or the source beside this file. */
function holderEntry(): string {
  const folder = import.meta.dirname;
  const source = path.join(folder, 'lock-holder.ts');
  if (existsSync(source)) return source;
  // A bundler may put shared code into a folder below its entries.
  const places = [folder, path.dirname(folder)].map((place) => path.join(place, 'lock-holder.js'));
  return places.find((place) => existsSync(place)) ?? source;
}
