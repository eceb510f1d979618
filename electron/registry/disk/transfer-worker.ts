/** The program of a worker thread: the work on heavy bytes, one message a task. See `tasks.ts`. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { codeOf } from '../../files/error-codes.ts';
import { copyRange } from './copy-range.ts';
import { encodeRange } from './encode-range.ts';
import { LayerSession } from './layer-session.ts';
import { clearRange, hashRange, zeroDigest } from './ranges.ts';
import type { FromWorker, Task, TaskResults, ToWorker } from './tasks.ts';

const sessions = new Map<number, LayerSession>();
const running = new Map<number, { abort: AbortController; took: () => void }>();
let nextSession = 1;

/** How many packed pieces may be on their way, so that a slow upload holds up the packing and not the memory. */
const piecesInFlight = 3;

function serve(port: MessagePort): void {
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  port.on('message', (message: ToWorker) => {
    if ('task' in message) void handle(message.id, message.task, post);
    else if ('cancel' in message) running.get(message.id)?.abort.abort();
    else running.get(message.id)?.took();
  });
}

type Post = (message: FromWorker, transfer?: ArrayBuffer[]) => void;

async function handle(id: number, task: Task, post: Post): Promise<void> {
  const abort = new AbortController();
  const room = new Room(piecesInFlight);
  running.set(id, { abort, took: () => room.give() });
  try {
    post({ id, value: await run(id, task, post, room, abort.signal) });
  } catch (error) {
    post({ id, error: describe(error) });
  } finally {
    running.delete(id);
  }
}

async function run(
  id: number,
  task: Task,
  post: Post,
  room: Room,
  signal: AbortSignal,
): Promise<TaskResults[Task['kind']]> {
  switch (task.kind) {
    case 'begin-layer':
      sessions.set(nextSession, new LayerSession(task.layer, task.from, task.journalFd));
      return nextSession++;
    case 'get-layer':
      return await sessionOf(task.session).get(task, (bytes) => post({ id, bytes }), signal);
    case 'drop-layer':
      sessions.get(task.session)?.[Symbol.dispose]();
      sessions.delete(task.session);
      return null;
    case 'hash-range':
      return hashRange(task);
    case 'zero-digest':
      return zeroDigest(task.length);
    case 'copy-range':
      return copyRange(task.file, task.fileOffset, task.layer);
    case 'clear-range':
      return clearRange(task);
    case 'encode-range': {
      const give = async (piece: Uint8Array<ArrayBuffer>): Promise<void> => {
        await room.take(signal);
        post({ id, piece }, [piece.buffer]);
      };
      return await encodeRange(task, give, signal);
    }
  }
}

function sessionOf(id: number): LayerSession {
  const session = sessions.get(id);
  if (session === undefined) throw new Error(`There is no layer ${id} in this worker.`);
  return session;
}

function describe(error: unknown): { message: string; code?: string; syscall?: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = error.name === 'AbortError' ? 'ABORTED' : codeOf(error);
  const syscall = 'syscall' in error ? error.syscall : undefined;
  return {
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(typeof syscall === 'string' ? { syscall } : {}),
  };
}

/** A bounded number of places, one taken for each piece and given back when the other side has used it. */
class Room {
  #free: number;
  #waiting: (() => void) | undefined;

  constructor(places: number) {
    this.#free = places;
  }

  give(): void {
    this.#free++;
    this.#waiting?.();
  }

  async take(signal: AbortSignal): Promise<void> {
    while (this.#free === 0) {
      signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const wake = () => resolve(undefined);
      this.#waiting = wake;
      signal.addEventListener('abort', wake, { once: true });
      await promise;
      signal.removeEventListener('abort', wake);
    }
    this.#free--;
  }
}

if (parentPort !== null) serve(parentPort);
