import {
  type Backend,
  type ByteChannel,
  type ChannelInput,
  type ChannelName,
  type EventName,
  type EventPayload,
  type Handlers,
  procedures,
} from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';

type Listener = Parameters<Backend['subscribe']>[0];

/** A backend that keeps what it was asked, and whose channels send back what they get. */
export class EchoBackend implements Backend {
  readonly calls: { name: string; input: unknown; signal: AbortSignal }[] = [];
  readonly channels: EchoChannel[] = [];
  readonly #listeners = new Set<Listener>();
  /** What a call does; default: refuse, so that a test that forgets to say so fails. */
  onCall: (name: string, input: unknown, signal: AbortSignal) => Promise<unknown> = () =>
    Promise.reject(new AppError('not-supported', 'This test expected no call.'));

  readonly handlers = Object.fromEntries(
    Object.keys(procedures).map((name) => [
      name,
      (input: unknown, { signal }: { signal: AbortSignal }) => {
        this.calls.push({ name, input, signal });
        return this.onCall(name, input, signal);
      },
    ]),
    // Built from the contract's own names, which the compiler can't see through `fromEntries`.
  ) as unknown as Handlers;

  get listenerCount(): number {
    return this.#listeners.size;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell<N extends EventName>(name: N, payload: EventPayload<N>): void {
    for (const listener of this.#listeners) listener(name, payload);
  }

  openChannel<N extends ChannelName>(_name: N, input: ChannelInput<N>): Promise<ByteChannel> {
    if ('id' in input && input.id === 'local:missing')
      return Promise.reject(new AppError('vm-not-found', 'There is none.'));
    const channel = new EchoChannel();
    this.channels.push(channel);
    return Promise.resolve(channel);
  }
}

/** Sends back what it is sent, or only takes it in while `isHeld`. */
export class EchoChannel implements ByteChannel {
  received = 0;
  closed = false;
  /** While set, `send` does not resolve: a reader that can't keep up. */
  isHeld = false;
  #release: (() => void)[] = [];
  #data: ((bytes: Uint8Array) => void | Promise<void>) | undefined;
  readonly #close: ((reason: string | undefined) => void)[] = [];

  async send(bytes: Uint8Array): Promise<void> {
    this.received += bytes.length;
    if (this.isHeld) await new Promise<void>((resolve) => this.#release.push(resolve));
    await this.#data?.(bytes.slice());
  }

  release(): void {
    this.isHeld = false;
    for (const resolve of this.#release.splice(0)) resolve();
  }

  onData(listener: (bytes: Uint8Array) => void | Promise<void>): void {
    this.#data = listener;
  }

  onClose(listener: (reason: string | undefined) => void): void {
    this.#close.push(listener);
  }

  close(reason?: string): void {
    if (this.closed) return;
    this.closed = true;
    for (const listener of this.#close) listener(reason);
  }
}
