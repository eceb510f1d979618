import type { Socket } from 'node:net';
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { maxDepth } from '../files/bounded-file.ts';
import { parseBoundedJson } from '../files/bounded-json.ts';
import { AnswerLines } from './answer-lines.ts';

const replySchema = z.union([
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ class: z.string().default(''), desc: z.string() }) }),
]);

type Reply = z.infer<typeof replySchema>;

/** Longest complaint of a guest that is passed on, in characters. */
const maxDescription = 1000;

/** What the agent inside the guest refused, in its own words. */
export class AgentRefusal extends Error {
  constructor(command: string, description: string) {
    super(description.slice(0, maxDescription));
    this.name = 'AgentRefusal';
    this.cause = command;
  }
}

/**
 * In front of a command this makes the agent forget half a command that it may have got from an earlier client; in
 * front of a reply it marks where that reply begins (QEMU's qga/qapi-schema.json, guest-sync-delimited).
 */
const delimiter = 0xff;
const defaultLimitMs = 10_000;

/**
 * Most that the guest may send for one answer, asked for or not, complete or not, in bytes. A program may print up to
 * 16 MiB (GUEST_EXEC_MAX_OUTPUT in QEMU's qga/commands.c), which are 22.4 MB as base64.
 */
export const maxAnswerBytes = 32_000_000;
/** Lines that are no answer come before one: the rest of another client's, the complaint about the delimiter. */
const maxStrayLines = 1000;
/** Values in one answer. A guest with a thousand addresses needs some ten thousand. */
const maxValues = 100_000;

/**
 * A client of the QEMU guest agent. It answers one command after the other on a single stream; a command that was given
 * up leaves an answer behind, which the next one's handshake drops.
 *
 * What is inside a guest is not to be trusted: who sends more than {@link maxAnswerBytes} or a thousand lines without
 * answering is hung up on for good, which frees what was kept and lets the guest send no more.
 */
export class QemuAgent {
  readonly #socket: Socket;
  #queue: Promise<unknown> = Promise.resolve();
  #inStep = false;
  #connected: boolean;
  #receive: ((bytes: Buffer) => void) | undefined;
  #giveUp: ((reason: AppError) => void) | undefined;
  readonly #lines = new AnswerLines();
  /** What came since the last answer. */
  #strayBytes = 0;
  #strayLines = 0;
  #cutOff: string | undefined;

  /** `connected`: whether the guest's end of the port is open now; {@link portChanged} tells later. */
  constructor(socket: Socket, connected: boolean) {
    this.#socket = socket;
    this.#connected = connected;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
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
    this.#connected = open && !this.#socket.destroyed;
    this.#inStep = false;
    if (!this.#connected) this.#giveUp?.(this.#noAgent());
  }

  #take(bytes: Buffer): void {
    this.#strayBytes += bytes.length;
    if (this.#strayBytes > maxAnswerBytes) this.#hangUp(`it sent more than ${maxAnswerBytes / 1e6} MB at once`);
    else if (this.#receive !== undefined) this.#receive(bytes);
  }

  #hangUp(why: string): void {
    this.#cutOff ??= why;
    this.#lines.clear();
    // Its 'close' tells who waits.
    this.#socket.destroy();
    this.portChanged(false);
  }

  #noAgent(): AppError {
    if (this.#cutOff === undefined)
      return new AppError('agent-unavailable', 'No agent answers in the guest.', {
        hint: 'Install and start qemu-guest-agent in the guest, or wait until it has started.',
        retry: true,
      });
    return new AppError('agent-unavailable', `The agent in the guest was cut off: ${this.#cutOff}.`, {
      hint: 'Shut the machine down and start it again to reach its agent. If this comes back, check the guest: its agent misbehaves.',
    });
  }

  /**
   * Runs one command of the agent and parses what it returns. Calling off ends the waiting, not the command.
   * @throws AppError `agent-unavailable`, `agent-failed` for an answer that can't be understood, `timeout`; AgentRefusal
   */
  ask<T>(
    schema: z.ZodType<T>,
    command: string,
    args: Record<string, unknown> | undefined,
    signal: AbortSignal,
    limitMs = defaultLimitMs,
  ): Promise<T> {
    const turn = this.#queue.then(async () => {
      signal.throwIfAborted();
      if (!this.#connected) throw this.#noAgent();
      const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        if (!this.#inStep) await this.#synchronise(limited);
        this.#inStep = false;
        const text = JSON.stringify({ execute: command, arguments: args });
        const reply = await this.#exchange(
          Buffer.from(`${text}\n`),
          limited,
          (line) => parseReply(line) ?? notUnderstood,
        );
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
      const parsed = schema.safeParse(reply.return);
      if (!parsed.success) throw cannotBeUnderstood(parsed.error);
      return parsed.data;
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
  #exchange(
    bytes: Buffer,
    signal: AbortSignal,
    accept: (line: Buffer) => Reply | typeof notUnderstood | undefined,
  ): Promise<Reply> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const aborted = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', aborted);
    this.#giveUp = reject;
    this.#lines.clear();
    this.#receive = (more) => {
      for (const line of this.#lines.split(more)) {
        const reply = accept(line);
        if (reply === undefined) {
          if (++this.#strayLines <= maxStrayLines) continue;
          this.#hangUp(`it sent more than ${maxStrayLines} lines without answering`);
          return;
        }
        // What else came with it is nobody's.
        [this.#strayBytes, this.#strayLines, this.#receive] = [0, 0, undefined];
        if (reply === notUnderstood) reject(cannotBeUnderstood());
        else resolve(reply);
        return;
      }
    };
    this.#socket.write(bytes);
    return promise.finally(() => {
      signal.removeEventListener('abort', aborted);
      this.#receive = undefined;
      this.#giveUp = undefined;
      this.#lines.clear();
    });
  }
}

/** Stands for an answer that is to us, since nothing else is under way, and makes no sense. */
const notUnderstood = Symbol('not understood');

function cannotBeUnderstood(cause?: Error): AppError {
  return new AppError('agent-failed', "The agent in the guest gave an answer that can't be understood.", { cause });
}

function parseReply(line: Buffer): Reply | undefined {
  try {
    return replySchema.parse(parseBoundedJson(line.toString('utf8'), maxDepth, maxValues));
  } catch (error) {
    // Half of an answer to somebody else, the complaint about the delimiter, or what no agent says.
    return undefined;
  }
}
