import type { Socket } from 'node:net';
import { z } from 'zod';
import { Emitter } from '../../contract/emitter.ts';
import { AppError } from '../../contract/errors.ts';
import { parseLine, readLines } from './json-lines.ts';

const messageSchema = z.union([
  z.object({ QMP: z.object({}) }),
  z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).default({}) }),
  z.object({ return: z.unknown(), id: z.number().optional() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
]);

/** QEMU's refusal of a command, in its own words. */
export class QmpError extends Error {
  readonly class: string;

  constructor(command: string, error: { class: string; desc: string }) {
    super(`${command}: ${error.desc}`);
    this.name = 'QmpError';
    this.class = error.class;
  }
}

export interface QmpEvent {
  event: string;
  data: Record<string, unknown>;
}

interface Pending {
  command: string;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * A client of the QEMU Machine Protocol on a socket that QEMU has just connected or accepted. QEMU answers in order and
 * takes one client at a time.
 */
export class Qmp {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #events = new Emitter<QmpEvent>();
  readonly #greeted = Promise.withResolvers<undefined>();
  #nextId = 1;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    readLines(socket, (line) => {
      this.#take(line);
      return true;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#close());
    this.#greeted.promise.catch(() => undefined);
  }

  /** Resolves when QEMU is ready for commands. */
  static async over(socket: Socket): Promise<Qmp> {
    const qmp = new Qmp(socket);
    socket.resume();
    await qmp.#greeted.promise;
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** Runs one command and parses its answer. @throws QmpError if QEMU refuses, AppError if it is gone */
  async ask<T>(schema: z.ZodType<T>, command: string, args?: Record<string, unknown>): Promise<T> {
    return schema.parse(await this.execute(command, args));
  }

  /** Runs one command. @throws QmpError if QEMU refuses, AppError if it is gone */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    if (this.#closed) return Promise.reject(gone());
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { command, resolve, reject });
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    return promise;
  }

  /** Calls `listener` with every event until the returned function is called. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    return this.#events.on(listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(line: string): void {
    // A line that is no message of the protocol concerns nobody who waits.
    const { data: message } = messageSchema.safeParse(parseLine(line));
    if (message === undefined) return;
    if ('QMP' in message) {
      this.#greeted.resolve(undefined);
    } else if ('event' in message) {
      this.#events.emit(message);
    } else if (message.id !== undefined) {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (pending === undefined) return;
      if ('error' in message) pending.reject(new QmpError(pending.command, message.error));
      else pending.resolve(message.return);
    }
  }

  #close(): void {
    this.#closed = true;
    this.#greeted.reject(gone());
    for (const pending of this.#pending.values()) pending.reject(gone());
    this.#pending.clear();
  }
}

function gone(): AppError {
  return new AppError('guest-crashed', 'QEMU has ended.');
}
