import type { Duplex } from 'node:stream';
import type { ByteChannel, ChannelInput, ChannelName } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { local } from './machines/local-names.ts';
import type { LoadedServices } from './services.ts';

/**
 * Opens a stream of a running machine, or the way on which a file comes.
 * @throws AppError `vm-not-found`, `vm-not-running`, `not-allowed`, `file-not-found` for an upload that is gone
 */
export async function openChannel<N extends ChannelName>(
  { machines, uploads }: Pick<LoadedServices, 'machines' | 'uploads'>,
  channel: N,
  input: ChannelInput<N>,
  signal: AbortSignal,
): Promise<ByteChannel> {
  if ('uploadId' in input) return await uploads.openChannel(input.uploadId, input.offset);
  const machine = await machines.running(local(input.id));
  signal.throwIfAborted();
  return byteChannelOf(channel === 'console' ? await machine.openConsole() : await machine.openSerial());
}

/**
 * A Node stream as the contract's channel. Data waits in the stream until somebody listens, and the stream is read no
 * faster than the listener's promises resolve.
 */
export function byteChannelOf(stream: Duplex): ByteChannel {
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        if (stream.destroyed || stream.writableEnded)
          reject(new AppError('connection-lost', 'The machine closed this stream.'));
        else if (stream.write(bytes)) resolve();
        else waitForRoom(stream, resolve);
      }),
    onData: (listener) => {
      stream.on('data', (chunk: Buffer) => {
        const taken: unknown = listener(chunk);
        if (!(taken instanceof Promise)) return;
        stream.pause();
        taken.then(
          () => stream.resume(),
          () => stream.destroy(),
        );
      });
    },
    onClose: (listener) => {
      let reason: string | undefined;
      stream.on('error', (error) => (reason = error.message));
      stream.on('close', () => listener(reason));
      // The far end has said everything and takes nothing more, so there is nothing to flush.
      stream.on('end', () => stream.destroy());
    },
    close: () => {
      stream.destroy();
    },
  };
}

/** A stream that is destroyed never drains, so both are waited for. */
function waitForRoom(stream: Duplex, resolve: () => void): void {
  const done = (): void => {
    stream.off('drain', done);
    stream.off('close', done);
    resolve();
  };
  stream.once('drain', done);
  stream.once('close', done);
}
