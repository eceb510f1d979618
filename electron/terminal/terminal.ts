import type { ReadStream, WriteStream } from 'node:tty';
import { hasCode } from '../files/error-codes.ts';
import { printableLine, printableText } from '../contract/printable.ts';
import { cutToCells } from './text-table.ts';

/** The streams that a command was started with; each may be a terminal, a pipe or a file. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Signals that ask a command to end. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndingSignal = (typeof endingSignals)[number];

/**
 * What a command knows of the world outside: where its words go, and whether somebody wants it to end. Dispose of it
 * when the command is done.
 *
 * All words of commands go through {@link print}, {@link note}, {@link say} and {@link rewrite}, which show whatever would
 * steer a terminal as its escape, into a pipe too: what is piped is shown by the next program. JSON means the same
 * afterwards. Only bytes that the user asked for (a guest's command, its console, a picture) go out raw.
 */
export class Terminal implements Disposable {
  readonly streams: Streams;
  readonly #interrupted = new AbortController();
  readonly #outputClosed = new AbortController();
  readonly #handlers = new Map<EndingSignal, () => void>();
  #listener: ((signal: EndingSignal) => void) | undefined;

  constructor(streams: Streams = process) {
    this.streams = streams;
    for (const signal of endingSignals) {
      const handler = () => this.#onSignal(signal);
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
    // Without listeners, a reader that went away (`tatin list | head -1`) would end the process with a stack trace.
    streams.stdout.on('error', this.#onOutputError);
    streams.stderr.on('error', this.#onOutputError);
  }

  /** Aborts when the person or the system asks the command to end, unless the command listens by itself. */
  get interrupted(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** Aborts when nobody reads the output any more. */
  get outputClosed(): AbortSignal {
    return this.#outputClosed.signal;
  }

  /** Either of the two: for commands whose only purpose is what they print. */
  get ended(): AbortSignal {
    return AbortSignal.any([this.interrupted, this.outputClosed]);
  }

  /** Hands ending signals to `listener` instead of aborting {@link interrupted}, until the result is disposed of. */
  listenForEnd(listener: (signal: EndingSignal) => void): Disposable {
    this.#listener = listener;
    return { [Symbol.dispose]: () => (this.#listener = undefined) };
  }

  /** Writes lines to standard output. Empty text writes nothing. */
  print(text: string): void {
    if (text !== '') this.writeRaw(printableText(text.endsWith('\n') ? text : `${text}\n`));
  }

  /** Writes to standard output as it is; resolves when there is room for more. */
  async writeRawAndWait(bytes: Uint8Array | string): Promise<void> {
    if (!this.writeRaw(bytes)) await this.#room(this.streams.stdout);
  }

  /** Writes to standard error as it is; resolves when there is room for more. */
  async writeRawErrorAndWait(bytes: Uint8Array | string): Promise<void> {
    if (!this.writeRawError(bytes)) await this.#room(this.streams.stderr);
  }

  async #room(stream: NodeJS.WriteStream): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        stream.off('drain', done).off('close', done);
        this.outputClosed.removeEventListener('abort', done);
        resolve();
      };
      stream.once('drain', done).once('close', done);
      this.outputClosed.addEventListener('abort', done);
    });
  }

  /** Writes to standard output as it is; false if it piles up. */
  writeRaw(data: string | Uint8Array): boolean {
    return this.outputClosed.aborted ? true : this.streams.stdout.write(data);
  }

  /** Writes to standard error as it is; false if it piles up. */
  writeRawError(data: string | Uint8Array): boolean {
    return this.streams.stderr.destroyed ? true : this.streams.stderr.write(data);
  }

  /** Writes a line to standard error: for what a script that reads the output must not see. */
  note(line: string): void {
    this.say(`${line}\n`);
  }

  /** Writes to standard error and stays in the line: a question. */
  say(text: string): void {
    this.writeRawError(printableText(text));
  }

  /** Writes a line of standard error over the one before, cut since one that wraps could not be rewritten; none: clears it. */
  rewrite(line: string | undefined): void {
    const shown = line === undefined ? '' : cutToCells(printableLine(line), this.streams.stderr.columns - 1);
    this.writeRawError(`\r\u001b[K${shown}`);
  }

  /** Size of the terminal that standard output is, else undefined. */
  get size(): { rows: number; columns: number } | undefined {
    const { stdout } = this.streams;
    return stdout.isTTY ? { rows: stdout.rows, columns: stdout.columns } : undefined;
  }

  /** Every new size of that terminal, the latest where several came at once, until the signal. */
  async *sizes(until: AbortSignal): AsyncGenerator<{ rows: number; columns: number }> {
    const { stdout } = this.streams;
    let changed = Promise.withResolvers<undefined>();
    const onResize = () => changed.resolve(undefined);
    stdout.on('resize', onResize);
    until.addEventListener('abort', onResize);
    try {
      if (until.aborted) changed.resolve(undefined);
      for (;;) {
        await changed.promise;
        if (until.aborted) return;
        changed = Promise.withResolvers();
        if (this.size !== undefined) yield this.size;
      }
    } finally {
      stdout.off('resize', onResize);
      until.removeEventListener('abort', onResize);
    }
  }

  readonly #onOutputError = (error: unknown) => {
    if (!hasCode(error, 'EPIPE', 'EIO', 'ERR_STREAM_DESTROYED')) throw error;
    this.#outputClosed.abort(error);
  };

  #onSignal(signal: EndingSignal): void {
    if (this.#listener !== undefined) this.#listener(signal);
    else this.#interrupted.abort(new DOMException('Interrupted.', 'AbortError'));
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#handlers.clear();
  }
}

/**
 * Hands every key to the program instead of the terminal's own editing, until disposed of. Does nothing where the input
 * is no terminal.
 */
export function rawKeys(input: NodeJS.ReadStream | ReadStream): Disposable {
  if (!input.isTTY || input.isRaw) return { [Symbol.dispose]: () => undefined };
  input.setRawMode(true);
  return { [Symbol.dispose]: () => void input.setRawMode(false) };
}

/** Whether text is read by a person as it appears. `CI` says no even if the system pretends to be a terminal. */
export function isWatched(stream: NodeJS.WriteStream | WriteStream): boolean {
  return stream.isTTY && process.env.CI === undefined;
}
