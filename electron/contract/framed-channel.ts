import type { ByteChannel } from './contract.ts';
import { AppError } from './errors.ts';
import { channelSignSchema, channelWindowBytes, maxMessageBytes, type ChannelSign } from './wire.ts';

/** A way to carry bytes and signs to one other end: a WebSocket of its own, or a port. Keeps their order. */
export interface ChannelLink {
  sendBytes(bytes: Uint8Array): void;
  sendSign(sign: ChannelSign): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** Whatever came that was not bytes; it is parsed here. */
  onSign(listener: (sign: unknown) => void): void;
  onClose(listener: (reason: string | undefined) => void): void;
  close(): void;
}

/**
 * A channel over a link, the same at both ends. The sender may be at most {@link channelWindowBytes} ahead of what the
 * receiver's listener has taken in; so a slow screen slows the guest's display down and fills no memory.
 */
export class FramedChannel implements ByteChannel {
  readonly #link: ChannelLink;
  /** Sent and not yet taken by the other end. */
  #underWay = 0;
  #waiting: (() => void)[] = [];
  /** Received and not yet taken by the listener. */
  #untaken = 0;
  #listener: ((bytes: Uint8Array) => void | Promise<void>) | undefined;
  /** What came before somebody listened. */
  #early: Uint8Array[] = [];
  #taking: Promise<void> = Promise.resolve();
  #closeListeners: ((reason: string | undefined) => void)[] = [];
  #closed: { reason: string | undefined } | undefined;
  readonly #opened: { resolve: () => void; reject: (error: AppError) => void };
  /** Resolves when the other end has opened the channel, rejects with its reason if it could not. */
  readonly opened: Promise<void>;

  constructor(link: ChannelLink) {
    this.#link = link;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.opened = promise;
    // An end that nobody waits for must not bring the process down.
    promise.catch(() => undefined);
    this.#opened = { resolve: () => resolve(undefined), reject };
    link.onBytes((bytes) => this.#onBytes(bytes));
    link.onSign((sign) => this.#onSign(sign));
    link.onClose((reason) => this.#end(reason));
  }

  /** Tells the other end that the channel is open. */
  confirm(): void {
    this.#link.sendSign({ sign: 'open' });
  }

  /** Tells the other end why it could not be opened, and closes. */
  refuse(error: AppError): void {
    this.#link.sendSign({ sign: 'failed', error: error.toInfo() });
    this.close();
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#closed !== undefined)
      throw new AppError('connection-lost', this.#closed.reason ?? 'The channel is closed.');
    this.#underWay += bytes.length;
    this.#link.sendBytes(bytes);
    if (this.#underWay < channelWindowBytes) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  onData(listener: (bytes: Uint8Array) => void | Promise<void>): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.#take(bytes, listener);
  }

  onClose(listener: (reason: string | undefined) => void): void {
    if (this.#closed === undefined) this.#closeListeners.push(listener);
    else listener(this.#closed.reason);
  }

  close(reason?: string): void {
    if (this.#closed !== undefined) return;
    this.#link.sendSign({ sign: 'closed', ...(reason === undefined ? {} : { reason }) });
    this.#end(reason);
    this.#link.close();
  }

  #onBytes(bytes: Uint8Array): void {
    this.#untaken += bytes.length;
    // One message may begin below the window and end beyond it.
    if (this.#untaken > channelWindowBytes + maxMessageBytes) this.close('The other end sends more than agreed.');
    else if (this.#listener === undefined) this.#early.push(bytes);
    else this.#take(bytes, this.#listener);
  }

  /** One after the other, and the sender hears of it only when the listener is done. */
  #take(bytes: Uint8Array, listener: (bytes: Uint8Array) => void | Promise<void>): void {
    this.#taking = this.#taking.then(async () => {
      try {
        await listener(bytes);
      } catch (error) {
        this.close(error instanceof Error ? error.message : String(error));
      }
      this.#untaken -= bytes.length;
      if (this.#closed === undefined) this.#link.sendSign({ sign: 'taken', bytes: bytes.length });
    });
  }

  #onSign(raw: unknown): void {
    const parsed = channelSignSchema.safeParse(raw);
    if (!parsed.success) {
      this.close('The other end said something that is not in the contract.');
      return;
    }
    const sign = parsed.data;
    if (sign.sign === 'open') this.#opened.resolve();
    else if (sign.sign === 'taken') this.#onTaken(sign.bytes);
    else if (sign.sign === 'failed') {
      this.#opened.reject(AppError.fromInfo(sign.error));
      this.#finish(sign.error.message);
    } else this.#finish(sign.reason);
  }

  /** The other end closed: what came before is taken first. */
  #finish(reason: string | undefined): void {
    void this.#taking.then(() => {
      this.#end(reason);
      this.#link.close();
    });
  }

  #onTaken(bytes: number): void {
    this.#underWay = Math.max(0, this.#underWay - bytes);
    if (this.#underWay >= channelWindowBytes) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #end(reason: string | undefined): void {
    if (this.#closed !== undefined) return;
    this.#closed = { reason };
    this.#opened.reject(
      new AppError('connection-lost', reason ?? 'The channel was closed before it opened.', { retry: true }),
    );
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
    for (const listener of this.#closeListeners) listener(reason);
  }
}
