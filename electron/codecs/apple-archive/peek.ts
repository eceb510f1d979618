import { bytesText, refusedArchive } from './archive-errors.ts';
import type { EntryType } from './entry-header.ts';
import { type OpenedArchive, readArchive } from './open-archive.ts';

/** What to look into. */
export interface ListWork extends OpenedArchive {
  /** Stops after so many entries. */
  readonly limitEntries?: number | undefined;
  /** Stops before an entry whose data is longer, and does not read that; all are read without it. */
  readonly limitDataBytes?: number | undefined;
  readonly signal: AbortSignal;
}

/** An entry of an archive. */
export interface ArchiveEntry {
  readonly type: EntryType;
  /** As it was packed: not checked, and not fit for opening a file. */
  readonly path: string;
  /** Where a link leads. */
  readonly linkTarget: string | undefined;
  /** Length of its contents. */
  readonly bytes: number;
  /** Contents of a file of at most {@link smallFileBytes}. */
  readonly data: Buffer | undefined;
}

/** `config.json` and its like are a few kB. */
const smallFileBytes = 256 * 1024;
/** So that a listing has an end, and fits into memory. */
const maxEntries = 10_000;
const maxDataBytes = 16 * 1024 ** 2;

/**
 * What is in an archive, with the contents of small files. Writes nothing. Goes through all of it unless told where to
 * stop: entries have no table of contents.
 * @throws AppError as {@link extractArchive} does for what can't be read
 */
export async function listArchive(work: ListWork): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  const limit = Math.min(work.limitEntries ?? maxEntries, maxEntries);
  let dataBytes = 0;
  for await (const entry of readArchive(work)) {
    if (entries.length === limit) {
      if (work.limitEntries !== undefined) break;
      throw refusedArchive(work.source, `it holds more than ${bytesText(maxEntries)} files`);
    }
    const isSmall = entry.type === 'file' && entry.bytes <= smallFileBytes && dataBytes + entry.bytes <= maxDataBytes;
    const data = isSmall ? Buffer.alloc(entry.bytes) : undefined;
    if (data !== undefined) {
      dataBytes += data.length;
      let at = 0;
      for await (const piece of entry.data()) {
        piece.bytes?.copy(data, at);
        at += piece.length;
      }
    }
    entries.push({ type: entry.type, path: entry.path, linkTarget: entry.linkTarget, bytes: entry.bytes, data });
    if (entry.bytes > (work.limitDataBytes ?? Infinity)) break;
  }
  return entries;
}
