import type { Duplex, Writable } from 'node:stream';
import type { ByteChannel } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';

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
        else resolve(writeAndWait(stream, bytes));
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

/** Writes, and resolves when there is room for more or the stream is closed. Does nothing if it was closed before. */
export async function writeAndWait(stream: Writable, chunk: unknown): Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      // A stream that is destroyed never drains, so both are waited for.
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.once('drain', done).once('close', done);
  });
}
