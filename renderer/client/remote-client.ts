import type {
  ByteChannel,
  ChannelInput,
  ChannelName,
  Client,
  ConnectionState,
  EventName,
  EventPayload,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
} from '../../electron/contract/contract.ts';
import { Emitter } from '../../electron/contract/emitter.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { type ToBackend, toPageSchema } from '../../electron/contract/wire.ts';

/** What a transport gives a client: a way to send, and a way to open channels. */
export interface Wire {
  /** False if there is no connection now. */
  send(message: ToBackend): boolean;
  openChannel(name: ChannelName, input: unknown): Promise<ByteChannel>;
}

/** How long a call waits for the connection to come (back), in milliseconds. */
const connectPatienceMs = 10_000;

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: AppError) => void;
}

/** The page's end of the contract, whatever carries it. The transport feeds it what comes in and how the connection is. */
export class RemoteClient implements Client {
  readonly #wire: Wire;
  readonly #waiting = new Map<number, Waiting>();
  /** By the event's name; each is told payloads of its own event only. */
  readonly #events = new Map<string, Emitter<never>>();
  readonly #states = new Emitter<ConnectionState>();
  #state: ConnectionState = 'connecting';
  #nextCall = 1;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async call<N extends ProcedureName>(
    name: N,
    input: ProcedureInput<N>,
    options: { signal?: AbortSignal } = {},
  ): Promise<ProcedureOutput<N>> {
    const { signal } = options;
    if (signal?.aborted === true) throw AppError.from(signal.reason);
    await this.#connected(signal);
    const call = this.#nextCall++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(call, { resolve, reject });
    const abort = (): void => {
      this.#wire.send({ kind: 'abort', call });
      this.#waiting.delete(call);
      reject(AppError.from(signal?.reason));
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (!this.#wire.send({ kind: 'call', call, name, input })) this.#lose();
    try {
      // Checked against the contract before it left the other side.
      return (await promise) as ProcedureOutput<N>;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Resolves at once when connected; else waits a while for the connection that is being made. */
  async #connected(signal: AbortSignal | undefined): Promise<void> {
    if (this.#state === 'connected') return;
    if (this.#state === 'over') throw sessionOver();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => reject(connectionLost()), connectPatienceMs);
    const abort = (): void => reject(AppError.from(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    const off = this.onConnection((state) => {
      if (state === 'connected') resolve(undefined);
      if (state === 'over') reject(sessionOver());
    });
    try {
      await promise;
    } finally {
      off();
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void {
    const emitter = this.#events.get(name) ?? new Emitter();
    this.#events.set(name, emitter);
    return emitter.on(listener);
  }

  async openChannel<N extends ChannelName>(name: N, input: ChannelInput<N>): Promise<ByteChannel> {
    await this.#connected(undefined);
    return await this.#wire.openChannel(name, input);
  }

  /** Calls `listener` with the state now and with every later one. */
  onConnection(listener: (state: ConnectionState) => void): () => void {
    const off = this.#states.on(listener);
    listener(this.#state);
    return off;
  }

  /** The transport's report of the connection. Losing it ends every call that waits. */
  setState(state: ConnectionState): void {
    if (state === this.#state || this.#state === 'over') return;
    this.#state = state;
    if (state !== 'connected') this.#lose();
    this.#states.emit(state);
  }

  /** The transport's report of one message. */
  receive(raw: unknown): void {
    const parsed = toPageSchema.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.kind === 'event') {
      // The other side sends nothing that its contract does not hold.
      this.#events.get(message.name)?.emit(message.payload as never);
      return;
    }
    const waiting = this.#waiting.get(message.call);
    this.#waiting.delete(message.call);
    if (message.reply.ok) waiting?.resolve(message.reply.value);
    else waiting?.reject(AppError.fromInfo(message.reply.error));
  }

  #lose(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(connectionLost());
  }
}

function sessionOver(): AppError {
  return new AppError('connection-lost', 'This browser is logged out.', { hint: 'Log in again.' });
}

function connectionLost(): AppError {
  return new AppError('connection-lost', 'Tatin does not answer.', {
    hint: 'It may have been closed. Your machines keep running.',
    retry: true,
  });
}
