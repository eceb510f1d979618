import { fromBinary } from '@bufbuild/protobuf';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { isIPv4 } from 'node:net';
import { AppError } from '../../../../electron/contract/errors.ts';
import { ExecResponseSchema, ResolveIPResponseSchema } from '../../../../electron/guest/agent_pb.ts';
import { QemuAgent } from '../../../../electron/guest/qemu-agent.ts';
import { execInGuest, guestAddress } from '../../../../electron/guest/qemu-guest.ts';
import { type FuzzTarget, type Outcome, outcomeOf, WrongAnswer } from '../target.ts';

/**
 * The guest's end of the port: it answers handshakes as an agent does, each command with the next of the answers, and closes
 * the port when its answer led to no further command, so that nobody waits for what does not come.
 */
class HostileGuest extends Duplex {
  readonly #answers: Buffer[];
  #commands = 0;

  constructor(answers: readonly Buffer[]) {
    // As a socket does: when the other end closes, all of it does.
    super({ allowHalfOpen: false });
    this.#answers = [...answers];
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    const handshake = /"guest-sync-delimited","arguments":\{"id":(\d+)\}/.exec(bytes.toString('latin1'));
    const answer =
      handshake === null ? this.#answers.shift() : Buffer.from(`\u00ff{"return":${handshake[1] ?? ''}}\n`, 'latin1');
    if (answer !== undefined) this.push(answer);
    const command = ++this.#commands;
    // A reader that makes something of the answer goes on at once, in the same turn.
    setImmediate(() => setImmediate(() => this.#commands === command && !this.destroyed && this.push(null)));
    done();
  }
}

/** Whatever is documented has a code; "unexpected" would be a trace on the screen. */
const isRefusal = (error: unknown): boolean => error instanceof AppError && error.code !== 'unexpected';

/** Lines of a seed are answers, one after the other. */
async function ask<T>(
  bytes: Buffer,
  question: (agent: QemuAgent, signal: AbortSignal) => Promise<T>,
): Promise<Outcome> {
  const end = bytes.indexOf(10) + 1;
  const guest = new HostileGuest(end === 0 ? [bytes] : [bytes.subarray(0, end), bytes.subarray(end)]);
  // All that is used of a socket is the stream that it is.
  const agent = new QemuAgent(guest as unknown as Socket, true);
  const { signal } = new AbortController();
  try {
    return await outcomeOf(isRefusal, () => question(agent, signal));
  } finally {
    guest.destroy();
  }
}

async function address(agent: QemuAgent, signal: AbortSignal): Promise<void> {
  const said = await guestAddress(agent, signal);
  if (!isIPv4(said)) throw new WrongAnswer(`An address ${JSON.stringify(said.slice(0, 100))}.`);
}

async function exec(agent: QemuAgent, signal: AbortSignal): Promise<void> {
  const { exitCode } = await execInGuest(agent, { path: 'true', args: [] }, signal);
  if (!Number.isInteger(exitCode) || Math.abs(exitCode) > 2 ** 31) throw new WrongAnswer(`An exit code ${exitCode}.`);
}

/** The library that reads protobuf throws plain errors of several classes, and gRPC wraps whatever is thrown (ConnectError.from). */
const isWireError = (error: unknown): boolean => error instanceof Error && !error.message.includes('call stack');

/** What agents inside guests answer. */
export const agentAnswers: readonly FuzzTarget[] = [
  {
    name: 'agent-address',
    words: ['{"return":', '[', '"ip-address":"', '\\u001b[2J', '\n', '{"error":{"desc":"'],
    run: (bytes) => ask(bytes, address),
  },
  {
    name: 'agent-exec',
    words: ['{"return":', '"exitcode":1e300', '"exited":true', '\n', '{"error":{"desc":"'],
    run: (bytes) => ask(bytes, exec),
  },
  {
    name: 'tart-agent',
    run: (bytes) =>
      outcomeOf(isWireError, () => {
        fromBinary(ExecResponseSchema, bytes);
        fromBinary(ResolveIPResponseSchema, bytes);
      }),
  },
];
