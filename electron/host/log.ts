import { closeSync, mkdirSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { printableText } from '../contract/printable.ts';
import { openToWriteSync } from '../files/bounded-file.ts';

/** Two files of this many bytes are kept: the one written to, and the one before. */
const maxBytes = 1024 * 1024;

type LogLevel = 'info' | 'warning' | 'error';

/**
 * What Tatin did and what went wrong in it, for the day when somebody has to find out. One line an entry, in a file that
 * several Tatins may write to at once. Never fails: work is not to stop because it can't be written about.
 */
export class Log {
  readonly file: string;

  /** @param folder is made when there is something to write */
  constructor(folder: string) {
    this.file = path.join(folder, 'tatin.log');
  }

  /** Notes that something was done that a person may look for later. */
  info(message: string): void {
    this.#write('info', message);
  }

  /** Notes something odd that was got over. */
  warn(message: string, error?: unknown): void {
    this.#write('warning', message, error);
  }

  /** Notes a fault. */
  error(message: string, error?: unknown): void {
    this.#write('error', message, error);
  }

  #write(level: LogLevel, message: string, error?: unknown): void {
    const text = printableText(withoutSecrets(error === undefined ? message : `${message}: ${inFull(error)}`));
    // Further lines are set in, so that every line that is not begins an entry.
    const entry = `${new Date().toISOString()} ${level} [${process.pid}] ${text.trim().replaceAll('\n', '\n    ')}\n`;
    try {
      this.#rotate(Buffer.byteLength(entry));
      const descriptor = openToWriteSync(this.file, 0o600);
      try {
        writeSync(descriptor, entry);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      // A full disk or a read-only home; there is nowhere else to say so.
    }
  }

  #rotate(moreBytes: number): void {
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const bytes = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > 0 && bytes + moreBytes > maxBytes) renameSync(this.file, `${this.file}.1`);
  }
}

function inFull(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nbecause of ${inFull(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** Nothing secret is logged on purpose; this is for what an error quotes: links, cookies, headers. */
function withoutSecrets(text: string): string {
  return text.replaceAll(
    /(?<name>token|password|passwd|secret|authorization|cookie|tatin-session[\w-]*)(?<is>["']?\s*[=:]\s*["']?(?:(?:Bearer|Basic)\s+)?)[^\s"'&;,]+/gi,
    '$<name>$<is>…',
  );
}
