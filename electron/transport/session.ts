import type { Backend, ByteChannel } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { type ChannelLink, FramedChannel } from '../contract/framed-channel.ts';
import { toBackendSchema, type ToPage } from '../contract/wire.ts';
import { answer, openChannel } from './rpc.ts';

/** A way to talk with one page: a WebSocket or a port. */
export interface PageLink {
  send(message: ToPage): void;
  /** Ends the conversation because of what the page sent. */
  refuse(reason: string): void;
}

/** Calls that one page may have open at once; more are a fault in the page. */
const maxOpenCalls = 200;

/** One page's conversation: its calls are answered and it is told of every event, until it goes. */
export class Session implements Disposable {
  readonly #backend: Backend;
  readonly #link: PageLink;
  readonly #calls = new Map<number, AbortController>();
  readonly #unsubscribe: () => void;

  constructor(backend: Backend, link: PageLink) {
    this.#backend = backend;
    this.#link = link;
    this.#unsubscribe = backend.subscribe((name, payload) => link.send({ kind: 'event', name, payload }));
  }

  /** Takes in one message, of whatever shape. */
  receive(raw: unknown): void {
    const parsed = toBackendSchema.safeParse(raw);
    if (!parsed.success) {
      this.#link.refuse('a message that is not in the contract');
      return;
    }
    const message = parsed.data;
    if (message.kind === 'abort') this.#calls.get(message.call)?.abort();
    else void this.#call(message.call, message.name, message.input);
  }

  async #call(call: number, name: string, input: unknown): Promise<void> {
    if (this.#calls.has(call) || this.#calls.size >= maxOpenCalls) {
      const error = new AppError('invalid-input', 'Too many calls at once, or two with one number.');
      this.#link.send({ kind: 'reply', call, reply: { ok: false, error: error.toInfo() } });
      return;
    }
    const controller = new AbortController();
    this.#calls.set(call, controller);
    const reply = await answer(this.#backend, name, input, controller.signal);
    this.#calls.delete(call);
    this.#link.send({ kind: 'reply', call, reply });
  }

  /** The page went away: what it waited for is called off. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
    for (const controller of this.#calls.values()) controller.abort();
  }
}

/** Opens a channel for a page over its own link, and joins the two until either ends. */
export async function serveChannel(backend: Backend, link: ChannelLink, name: string, input: unknown): Promise<void> {
  const near = new FramedChannel(link);
  const controller = new AbortController();
  near.onClose(() => controller.abort());
  try {
    const far = await openChannel(backend, name, input, controller.signal);
    if (controller.signal.aborted) {
      far.close();
      return;
    }
    near.confirm();
    join(near, far);
  } catch (error) {
    near.refuse(AppError.from(error));
  }
}

/** Each takes what the other sends, no faster than it can; the end of one is the end of both. */
function join(one: ByteChannel, other: ByteChannel): void {
  one.onClose((reason) => other.close(reason));
  other.onClose((reason) => one.close(reason));
  one.onData((bytes) => other.send(bytes).catch(() => one.close()));
  other.onData((bytes) => one.send(bytes).catch(() => other.close()));
}
