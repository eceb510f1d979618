import { open } from 'node:fs/promises';
import { type StreamedEntry, readEntries } from './entries.ts';
import { readPlainPieces } from './plain-pieces.ts';

/** How to read an archive. */
export interface ReadArchive {
  /** The archive's file. */
  readonly source: string;
  readonly signal: AbortSignal;
  /** Bytes of the file that were used, of how many. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Opens an archive and gives its entries one after the other. The file is closed when the iteration ends, however it does.
 * @throws AppError `image-damaged`, `image-not-supported`, and errors of the file system as Node made them
 */
export async function* readArchive({ source, signal, onProgress }: ReadArchive): AsyncGenerator<StreamedEntry, void> {
  const handle = await open(source, 'r');
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
    await handle.close();
  }
}
