import type { Client } from '../../../electron/contract/contract.ts';
import { Emitter } from '../../../electron/contract/emitter.ts';
import type { VmId } from '../../../electron/contract/machine.ts';
import { type ChannelStatus, KeptChannel } from './kept-channel.ts';

/** Where serial bytes are shown. */
export interface SerialView {
  /** Resolves when the bytes are taken in; no more come before. */
  write(bytes: Uint8Array): Promise<void>;
  /** What follows begins with the first byte since the machine started. */
  reset(): void;
}

export interface SerialSnapshot {
  readonly status: ChannelStatus;
  /** Line ends since the machine started, as far back as is kept. */
  readonly lines: number;
}

/**
 * The serial port of one machine, kept open for as long as it is wanted. Every time it opens, it first says what was said
 * since the machine started, so the view begins anew and nothing is doubled.
 */
export class SerialSession {
  readonly #kept: KeptChannel;
  readonly #changes = new Emitter<void>();
  readonly #encoder = new TextEncoder();
  #view: SerialView | undefined;
  #send: ((bytes: Uint8Array) => Promise<void>) | undefined;
  #snapshot: SerialSnapshot = { status: { kind: 'off' }, lines: 0 };

  constructor(client: Client, id: VmId) {
    this.#kept = new KeptChannel({
      open: () => client.openChannel('serial', { id }),
      onOpen: (channel) => {
        this.#send = (bytes) => channel.send(bytes);
        this.#change({ lines: 0 });
        this.#view?.reset();
        channel.onData((bytes) => this.#take(bytes));
      },
    });
    this.#kept.subscribe(() => {
      if (this.#kept.status.kind !== 'open') this.#send = undefined;
      this.#change({ status: this.#kept.status });
    });
  }

  readonly getSnapshot = (): SerialSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => this.#changes.on(listener);

  /** Shows the port in a view until the returned function is called. */
  open(view: SerialView): () => void {
    this.#view = view;
    return () => {
      if (this.#view !== view) return;
      this.#view = undefined;
      this.#kept.want(false);
    };
  }

  /** Whether the port should be open; it opens only while a view is there to take what it says. */
  want(on: boolean): void {
    this.#kept.want(on && this.#view !== undefined);
  }

  retry(): void {
    this.#kept.retry();
  }

  /** Types into the port; dropped while it is not open, as a cable that is not plugged in does. */
  type(text: string): void {
    this.#send?.(this.#encoder.encode(text)).catch(() => undefined);
  }

  async #take(bytes: Uint8Array): Promise<void> {
    let ends = 0;
    for (const byte of bytes) if (byte === 0x0a) ends += 1;
    if (ends > 0) this.#change({ lines: this.#snapshot.lines + ends });
    await this.#view?.write(bytes);
  }

  #change(changes: Partial<SerialSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changes };
    this.#changes.emit();
  }
}
