import { duplexPair, type Duplex, PassThrough } from 'node:stream';
import type { ByteChannel } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import {
  encodeExecFrame,
  type ExecFrame,
  ExecFrameReader,
  execPieces,
  type ExecStart,
} from '../../contract/exec-frames.ts';
import type { GuestAgent } from '../../guest/guest-agent.ts';
import { byteChannelOf, writeAndWait } from '../byte-channel.ts';
import { programOf } from './execution.ts';

/**
 * A channel that runs the command of its first frame in a guest and ends with it. No side gets more than it takes in.
 * Closing it ends the command; what is no frame, or not its turn, is answered with an error and ends it too.
 */
export function execChannel(agent: GuestAgent): ByteChannel {
  const [near, far] = duplexPair();
  near.on('close', () => far.destroy());
  void serve(agent, far);
  return byteChannelOf(near);
}

async function serve(agent: GuestAgent, far: Duplex): Promise<void> {
  const over = new AbortController();
  far.on('close', () => over.abort(new AppError('cancelled', 'The caller went away.')));
  // A caller that goes away is no fault of this process.
  far.on('error', () => undefined);
  const input = new CommandInput();
  const started = Promise.withResolvers<ExecStart>();
  receive(far, input, started.resolve).catch((error: unknown) => {
    started.reject(error);
    over.abort(error);
  });
  try {
    const code = await run(agent, await started.promise, input, far, over.signal);
    await writeAndWait(far, encodeExecFrame({ kind: 'exit', value: { code } }));
  } catch (error) {
    const reason = AppError.from(over.signal.aborted ? over.signal.reason : error);
    await writeAndWait(far, encodeExecFrame({ kind: 'error', value: reason.toInfo() }));
  } finally {
    input.destroy();
    far.end();
  }
}

async function run(
  agent: GuestAgent,
  start: ExecStart,
  { stdin, resizes }: CommandInput,
  far: Duplex,
  signal: AbortSignal,
): Promise<number> {
  const send = async (kind: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> => {
    for (const piece of execPieces(kind, bytes)) await writeAndWait(far, piece);
  };
  return await agent.exec(
    {
      ...programOf(start.command),
      ...(start.stdin ? { stdin } : {}),
      ...(start.tty === undefined ? {} : { tty: { ...start.tty, resizes } }),
    },
    { stdout: (bytes) => send('stdout', bytes), stderr: (bytes) => send('stderr', bytes) },
    signal,
  );
}

/** What the caller sends while its command runs, held until the agent takes it. */
class CommandInput {
  readonly stdin = new PassThrough();
  readonly resizes = new PassThrough({ objectMode: true });
  #start: ExecStart | undefined;

  /** Takes one frame; resolves when there is room for the next. @throws AppError `invalid-input` if it is not its turn */
  async take(frame: ExecFrame, onStart: (start: ExecStart) => void): Promise<void> {
    const start = this.#start;
    if (frame.kind === 'start' && start === undefined) {
      this.#start = frame.value;
      onStart(frame.value);
    } else if (frame.kind === 'stdin' && start?.stdin === true && !this.stdin.writableEnded) {
      if (frame.bytes.length === 0) this.stdin.end();
      else await writeAndWait(this.stdin, frame.bytes);
    } else if (frame.kind === 'resize' && start?.tty !== undefined) await writeAndWait(this.resizes, frame.value);
    else throw new AppError('invalid-input', `A frame ${frame.kind} is not expected now.`);
  }

  destroy(): void {
    this.stdin.destroy();
    this.resizes.destroy();
  }
}

async function receive(far: Duplex, input: CommandInput, onStart: (start: ExecStart) => void): Promise<void> {
  const reader = new ExecFrameReader();
  // Not destroyed by an error in between, which the caller is still told.
  const pieces = far.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const bytes of pieces) for (const frame of reader.take(bytes)) await input.take(frame, onStart);
}
