import type { ByteChannel } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { encodeExecFrame, ExecFrameReader, execPieces, type ExecStart } from '../contract/exec-frames.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs a command over a channel `exec`, with this terminal's input, output and sizes. Gives its exit code. Closes the
 * channel at the end, or when the terminal ends, which ends the command. @throws AppError
 */
export async function execInTerminal(channel: ByteChannel, start: ExecStart, terminal: Terminal): Promise<number> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  const reader = new ExecFrameReader();
  channel.onData(async (bytes) => {
    for (const frame of reader.take(bytes))
      if (frame.kind === 'stdout') await terminal.writeRawAndWait(frame.bytes);
      else if (frame.kind === 'stderr') await terminal.writeRawErrorAndWait(frame.bytes);
      else if (frame.kind === 'exit') resolve(frame.value.code);
      else if (frame.kind === 'error') reject(AppError.fromInfo(frame.value));
  });
  channel.onClose((reason) => reject(new AppError('connection-lost', reason ?? 'The connection to the guest ended.')));
  const done = new AbortController();
  const { ended: signal } = terminal;
  const stop = (): void => reject(AppError.from(signal.reason));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    // A channel that closes while something is sent has ended the command.
    sendAll(channel, start, terminal, done.signal).catch(reject);
    return await ended;
  } finally {
    signal.removeEventListener('abort', stop);
    done.abort();
    channel.close();
  }
}

async function sendAll(channel: ByteChannel, start: ExecStart, terminal: Terminal, until: AbortSignal): Promise<void> {
  await channel.send(encodeExecFrame({ kind: 'start', value: start }));
  await Promise.all([
    start.stdin ? sendInput(channel, terminal) : undefined,
    start.tty === undefined ? undefined : sendSizes(channel, terminal, until),
  ]);
}

async function sendInput(channel: ByteChannel, { streams }: Terminal): Promise<void> {
  // A stream without an encoding gives Buffers; its type does not say so.
  for await (const bytes of streams.stdin as AsyncIterable<Buffer>)
    for (const piece of execPieces('stdin', bytes)) await channel.send(piece);
  await channel.send(encodeExecFrame({ kind: 'stdin', bytes: new Uint8Array() }));
}

async function sendSizes(channel: ByteChannel, terminal: Terminal, until: AbortSignal): Promise<void> {
  for await (const value of terminal.sizes(until)) await channel.send(encodeExecFrame({ kind: 'resize', value }));
}
