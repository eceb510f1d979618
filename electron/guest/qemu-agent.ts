import type { Socket } from 'node:net';
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';

const replySchema = z.union([
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ class: z.string().default(''), desc: z.string() }) }),
]);

type Reply = z.infer<typeof replySchema>;

/** What the agent inside the guest refused, in its own words. */
export class AgentRefusal extends Error {
  constructor(command: string, description: string) {
    super(description);
    this.name = 'AgentRefusal';
    this.cause = command;
  }
}

/**
 * In front of a command this makes the agent forget half a command that it may have got from an earlier client; in
 * front of a reply it marks where that reply begins (QEMU's qga/qapi-schema.json, guest-sync-delimited).
 */
const delimiter = 0xff;
const usualLimitMs = 10_000;

/**
 * A client of the QEMU guest agent. It answers one command after the other on a single stream; a command that was given
 * up leaves an answer behind, which the next one's handshake drops.
 */
export class QemuAgent {
  readonly #socket: Socket;
  #queue: Promise<unknown> = Promise.resolve();
  #inStep = false;
  #connected: boolean;
  #receive: ((bytes: Buffer) => void) | undefined;
  #giveUp: ((reason: AppError) => void) | undefined;

  /** `connected`: whether the guest's end of the port is open now; {@link portChanged} tells later. */
  constructor(socket: Socket, connected: boolean) {
    this.#socket = socket;
    this.#connected = connected;
    socket.on('data', (bytes: Buffer) => this.#receive?.(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.portChanged(false));
    socket.resume();
  }

  /** Whether an agent has the port open inside the guest. */
  get connected(): boolean {
    return this.#connected;
  }

  /** The guest opened or closed its end: an agent started or ended. */
  portChanged(open: boolean): void {
    this.#connected = open;
    this.#inStep = false;
    if (!open) this.#giveUp?.(noAgent());
  }

  /**
   * Runs one command of the agent and parses what it returns. Calling off ends the waiting, not the command.
   * @throws AppError `agent-unavailable`, `timeout`; AgentRefusal
   */
  ask<T>(
    schema: z.ZodType<T>,
    command: string,
    args: Record<string, unknown> | undefined,
    signal: AbortSignal,
    limitMs = usualLimitMs,
  ): Promise<T> {
    const turn = this.#queue.then(async () => {
      signal.throwIfAborted();
      if (!this.#connected) throw noAgent();
      const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        if (!this.#inStep) await this.#synchronise(limited);
        this.#inStep = false;
        const text = JSON.stringify({ execute: command, arguments: args });
        const reply = await this.#exchange(Buffer.from(`${text}\n`), limited, parseReply);
        this.#inStep = true;
        return reply;
      } catch (error) {
        if (signal.aborted || !limited.aborted) throw error;
        throw new AppError('timeout', 'The agent in the guest did not answer in time.', { retry: true, cause: error });
      }
    });
    this.#queue = turn.catch(() => undefined);
    return turn.then((reply) => {
      if ('error' in reply) throw new AgentRefusal(command, reply.error.desc);
      return schema.parse(reply.return);
    });
  }

  async #synchronise(signal: AbortSignal): Promise<void> {
    const id = randomInt(2 ** 31);
    const text = JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } });
    const command = Buffer.concat([Buffer.of(delimiter), Buffer.from(`${text}\n`)]);
    await this.#exchange(command, signal, (line) => {
      const mark = line.lastIndexOf(delimiter);
      if (mark < 0) return undefined;
      const reply = parseReply(line.subarray(mark + 1));
      return reply !== undefined && 'return' in reply && reply.return === id ? reply : undefined;
    });
  }

  /** Sends, and takes the first line that `accept` makes something of. */
  #exchange(bytes: Buffer, signal: AbortSignal, accept: (line: Buffer) => Reply | undefined): Promise<Reply> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const aborted = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', aborted);
    this.#giveUp = reject;
    const lines = new LineSplitter();
    this.#receive = (more) => {
      for (const line of lines.split(more)) {
        const reply = accept(line);
        if (reply !== undefined) resolve(reply);
      }
    };
    this.#socket.write(bytes);
    return promise.finally(() => {
      signal.removeEventListener('abort', aborted);
      this.#receive = undefined;
      this.#giveUp = undefined;
    });
  }
}

/** Cuts a stream into lines without joining all that came before for each piece: an answer may have megabytes. */
class LineSplitter {
  #pieces: Buffer[] = [];

  *split(bytes: Buffer): Generator<Buffer> {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield Buffer.concat([...this.#pieces, rest.subarray(0, end)]);
      this.#pieces = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) this.#pieces.push(rest);
  }
}

function parseReply(line: Buffer): Reply | undefined {
  try {
    return replySchema.parse(JSON.parse(line.toString('utf8')));
  } catch (error) {
    // Half of an answer to somebody else, or the complaint about the delimiter.
    return undefined;
  }
}

function noAgent(): AppError {
  return new AppError('agent-unavailable', 'No agent answers in the guest.', {
    hint: 'Install and start qemu-guest-agent in the guest, or wait until it has started.',
    retry: true,
  });
}
