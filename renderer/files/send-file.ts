import type { Client } from '../../electron/contract/contract.ts';
import { AppError } from '../../electron/contract/errors.ts';

/** Bytes read and sent at a time: less than a channel has under way, so that it is never idle. */
const pieceBytes = 512 * 1024;
/** Connections in a row that brought nothing across before the file is given up. */
const patience = 3;
/** Pause before another connection, in milliseconds. */
const pauseMs = 1_000;

/** A file of the page's, or a folder, as far as sending it goes. */
export interface Sendable {
  readonly name: string;
  readonly size: number;
  readonly slice: (start: number, end: number) => Pick<Blob, 'arrayBuffer'>;
  /** Makes it a folder: its files, whose bytes come one after the other. */
  readonly files?: readonly { readonly path: string; readonly sizeBytes: number }[];
}

interface Sending {
  readonly uploadId: string;
  readonly signal: AbortSignal;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/**
 * Sends a file or a folder to the other side, which keeps it under `uploadId` until it is used or discarded. Goes on where it was when
 * the connection was lost. On failure and on `signal` nothing stays behind. @throws AppError
 */
export async function sendFile(client: Client, file: Sendable, sending: Sending): Promise<void> {
  const { uploadId, signal, onProgress } = sending;
  const { name, size: sizeBytes, files } = file;
  const begin = { uploadId, name, sizeBytes, ...(files === undefined ? {} : { files: [...files] }) };
  const received = async (): Promise<number> => (await client.call('uploads.begin', begin, { signal })).receivedBytes;
  try {
    let failures = 0;
    let known = await received();
    while (known < file.size) {
      onProgress?.(known);
      const failure = await sendFrom(client, file, known, sending);
      const now = await received();
      failures = now > known ? 0 : failures + 1;
      if (now < file.size) {
        if (failures >= patience) throw failure;
        await pause(signal);
      }
      known = now;
    }
    onProgress?.(file.size);
  } catch (error) {
    await client.call('uploads.discard', { uploadId }).catch(() => undefined);
    throw AppError.from(signal.aborted ? signal.reason : error);
  }
}

/** Sends until all is there or the connection ends; gives why it ended. @throws AppError for what trying again can't mend */
async function sendFrom(client: Client, file: Sendable, from: number, sending: Sending): Promise<AppError> {
  const { uploadId, signal, onProgress } = sending;
  try {
    const channel = await client.openChannel('upload', { uploadId, offset: from });
    const abort = (): void => channel.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const ended = new Promise<string | undefined>((resolve) => channel.onClose(resolve));
      channel.onData(() => undefined);
      let next = readPiece(file, from);
      for (let at = from; at < file.size; at += pieceBytes) {
        const piece = await next;
        // The next one is read while this one is sent.
        next = readPiece(file, at + pieceBytes);
        next.catch(() => undefined);
        signal.throwIfAborted();
        await channel.send(piece);
        onProgress?.(at + piece.length);
      }
      return notSent((await ended) ?? `${file.name} was not sent.`);
    } finally {
      signal.removeEventListener('abort', abort);
      channel.close();
    }
  } catch (error) {
    const failure = AppError.from(error);
    if (failure.code !== 'connection-lost') throw failure;
    return failure;
  }
}

function notSent(reason: string): AppError {
  return new AppError('connection-lost', reason, { hint: 'Drop the file again.', retry: true });
}

/** A page may read a file only as long as it is as it was when it was given. */
async function readPiece(file: Sendable, at: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(at, at + pieceBytes).arrayBuffer());
  } catch (cause) {
    throw new AppError('file-not-found', 'The file can’t be read any more.', {
      hint: 'It was changed, moved or unplugged. Drop it again.',
      cause,
    });
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, pauseMs);
    signal.addEventListener('abort', end, { once: true });
  });
}
