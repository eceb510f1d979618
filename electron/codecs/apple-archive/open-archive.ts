import { type FileHandle, open } from 'node:fs/promises';
import { type StreamedEntry, readEntries } from './entries.ts';
import { readPlainPieces } from './plain-pieces.ts';

/** An archive: its file, or one that is open already and that its opener closes. */
export interface OpenedArchive {
  /** The archive's file; for messages alone where it is open. */
  readonly source: string;
  readonly handle?: FileHandle | undefined;
}

/** How to read an archive. */
export interface ReadArchive extends OpenedArchive {
  readonly signal: AbortSignal;
  /** Bytes of the file that were used, of how many. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Opens an archive and gives its entries one after the other. A file that it opened is closed when the iteration ends,
 * however it does.
 * @throws AppError `image-damaged`, `image-not-supported`, and errors of the file system as Node made them
 */
export async function* readArchive({
  source,
  handle: opened,
  signal,
  onProgress,
}: ReadArchive): AsyncGenerator<StreamedEntry, void> {
  const handle = opened ?? (await open(source, 'r'));
  try {
    const { size } = await handle.stat();
    const onConsumed = (bytes: number) => onProgress?.(bytes, size);
    const pieces = readPlainPieces({ source, handle, bytes: size, signal, onConsumed });
    try {
      yield* readEntries(pieces, source);
    } finally {
      await pieces.return();
    }
  } finally {
    if (opened === undefined) await handle.close();
  }
}
