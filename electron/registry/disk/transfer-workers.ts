import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromWorker, Task, TaskResults, ToWorker } from './tasks.ts';

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Takes a packed piece; the next comes when this resolves, or soon after. */
  readonly onPiece?: ((piece: Uint8Array) => Promise<void>) | undefined;
}

/** Something that a worker failed at: `code` and `syscall` as the system gave them. */
class TaskError extends Error {
  readonly code: string | undefined;
  readonly syscall: string | undefined;

  constructor({ message, code, syscall }: { message: string; code?: string; syscall?: string }) {
    super(message);
    this.name = code === 'ABORTED' ? 'AbortError' : 'TaskError';
    this.code = code;
    this.syscall = syscall;
  }
}

interface Pending {
  readonly options: TaskOptions;
  readonly resolve: (value: TaskResults[Task['kind']]) => void;
  readonly reject: (error: Error) => void;
}

/** One thread. Tasks of one layer go to the same. */
export class TransferThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  /** Tasks and layers that are its own at the moment. */
  load = 0;

  constructor() {
    this.#worker = new Worker(workerFile(), {
      // Nothing of the environment's options: a debugger or a loader of the main thread is not for this one.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error: Error) => this.#failAll(error));
    this.#worker.on('exit', () => this.#failAll(new Error('The worker thread ended.')));
    // A program that has nothing else to do may end.
    this.#worker.unref();
  }

  /** Does a task. Rejects with a {@link TaskError}. */
  async run<Kind extends Task['kind']>(
    task: Extract<Task, { kind: Kind }>,
    options: TaskOptions = {},
  ): Promise<TaskResults[Kind]> {
    options.signal?.throwIfAborted();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<TaskResults[Task['kind']]>();
    this.#pending.set(id, { options, resolve, reject });
    const cancel = () => this.#post({ id, cancel: true });
    options.signal?.addEventListener('abort', cancel, { once: true });
    this.load++;
    this.#worker.ref();
    this.#post({ id, task });
    try {
      // The worker answers a task with what belongs to its kind.
      return (await promise) as TaskResults[Kind];
    } finally {
      this.load--;
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#worker.unref();
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if ('bytes' in message) pending.options.onBytes?.(message.bytes);
    else if ('piece' in message) void this.#pass(message.id, message.piece, pending);
    else if ('error' in message) pending.reject(new TaskError(message.error));
    else pending.resolve(message.value);
  }

  async #pass(id: number, piece: Uint8Array, { options, reject }: Pending): Promise<void> {
    try {
      await options.onPiece?.(piece);
      this.#post({ id, took: true });
    } catch (error) {
      this.#post({ id, cancel: true });
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * The threads that move one image, started as they are needed. When this is disposed of, none of them touches a file any
 * more.
 */
export class TransferWorkers implements AsyncDisposable {
  readonly #max: number;
  readonly #threads: TransferThread[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** The thread that has least to do. */
  pick(): TransferThread {
    const [min] = [...this.#threads].sort((a, b) => a.load - b.load);
    if (min !== undefined && (min.load === 0 || this.#threads.length >= this.#max)) return min;
    const thread = new TransferThread();
    this.#threads.push(thread);
    return thread;
  }

  /** Does a task in whichever thread has least to do. */
  run<Kind extends Task['kind']>(
    task: Extract<Task, { kind: Kind }>,
    options?: TaskOptions,
  ): Promise<TaskResults[Kind]> {
    return this.pick().run<Kind>(task, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** `transfer-worker.js` beside the bundle that this file is in, or the source beside this file. */
function workerFile(): string {
  const folder = import.meta.dirname;
  const source = path.join(folder, 'transfer-worker.ts');
  if (existsSync(source)) return source;
  const places = [folder, path.dirname(folder)].map((place) => path.join(place, 'transfer-worker.js'));
  return places.find((place) => existsSync(place)) ?? path.join(folder, 'transfer-worker.js');
}
