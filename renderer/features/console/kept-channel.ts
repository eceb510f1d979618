import type { ByteChannel } from '../../../electron/contract/contract.ts';
import { Emitter } from '../../../electron/contract/emitter.ts';
import { AppError } from '../../../electron/contract/errors.ts';

/** How a channel is that should be open. `error`: why it is not, as far as is known. */
export type ChannelStatus =
  | { readonly kind: 'off' }
  | { readonly kind: 'opening'; readonly error?: AppError; readonly failures: number }
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly error: AppError };

/** Pauses between attempts, in milliseconds; the last one repeats. A machine that starts has its screen soon. */
const pausesMs = [200, 300, 500, 1_000, 2_000, 4_000];

export interface KeptChannelOptions {
  open(): Promise<ByteChannel>;
  /** Given every channel that opens, before anything is read from it. */
  onOpen(channel: ByteChannel): void;
  /** How time passes between attempts; resolves early when the signal aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Keeps one channel open for as long as it is wanted: opens it, and opens it again whenever it ends, with longer and longer
 * pauses. What the other side can never give (`not-supported`) is not asked again until `retry`; any other refusal may pass,
 * as a machine that has just started seems to belong to another program for a moment.
 */
export class KeptChannel {
  readonly #options: KeptChannelOptions;
  readonly #changes = new Emitter<void>();
  #status: ChannelStatus = { kind: 'off' };
  #channel: ByteChannel | undefined;
  /** Aborts when the channel is no longer wanted. */
  #wanted: AbortController | undefined;
  #pausing = new AbortController();

  constructor(options: KeptChannelOptions) {
    this.#options = options;
  }

  get status(): ChannelStatus {
    return this.#status;
  }

  /** Calls `listener` after every change of `status` until the returned function is called. */
  subscribe(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  /** Whether the channel should be open. */
  want(on: boolean): void {
    if (on === (this.#wanted !== undefined)) return;
    this.#wanted?.abort();
    this.#wanted = undefined;
    this.#channel?.close();
    this.#channel = undefined;
    if (!on) {
      this.#set({ kind: 'off' });
      return;
    }
    this.#wanted = new AbortController();
    void this.#keep(this.#wanted.signal);
  }

  /** Tries at once instead of at the end of the pause. */
  retry(): void {
    if (this.#wanted === undefined) return;
    if (this.#status.kind === 'refused') void this.#keep(this.#wanted.signal);
    else this.#pausing.abort();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let error: AppError | undefined;
    while (!signal.aborted) {
      this.#set({ kind: 'opening', failures, ...(error === undefined ? {} : { error }) });
      try {
        error = await this.#useOne(signal, () => {
          failures = 0;
        });
      } catch (thrown) {
        error = AppError.from(thrown);
      }
      if (isOver(signal)) return;
      if (error?.code === 'not-supported') {
        this.#set({ kind: 'refused', error });
        return;
      }
      failures += 1;
      this.#set({ kind: 'opening', failures, ...(error === undefined ? {} : { error }) });
      await this.#pause(failures, signal);
    }
  }

  /** Opens a channel and resolves when it has ended, with the reason if it was no normal end. */
  async #useOne(signal: AbortSignal, onOpened: () => void): Promise<AppError | undefined> {
    const channel = await this.#options.open();
    if (signal.aborted) {
      channel.close();
      return undefined;
    }
    const { promise: ended, resolve } = Promise.withResolvers<string | undefined>();
    channel.onClose(resolve);
    this.#channel = channel;
    onOpened();
    this.#set({ kind: 'open' });
    this.#options.onOpen(channel);
    const reason = await ended;
    if (this.#channel === channel) this.#channel = undefined;
    return reason === undefined ? undefined : new AppError('connection-lost', reason, { retry: true });
  }

  async #pause(failures: number, signal: AbortSignal): Promise<void> {
    this.#pausing = new AbortController();
    const ms = pausesMs[Math.min(failures, pausesMs.length) - 1] ?? 0;
    await (this.#options.pause ?? pause)(ms, AbortSignal.any([signal, this.#pausing.signal]));
  }

  #set(status: ChannelStatus): void {
    this.#status = status;
    this.#changes.emit();
  }
}

/** Asked in a function, as the compiler takes it for settled since the last look. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
