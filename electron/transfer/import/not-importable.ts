import { printableLine, printableText } from '../../contract/printable.ts';
import { AppError, type AppErrorOptions, type ErrorCode } from '../../contract/errors.ts';

/** Why something can't be imported; `title` says what it is all the same, and the message both. */
export class NotImportable extends AppError {
  readonly title: string;
  /** For callers that show the title already. */
  readonly reason: string;

  constructor(title: string, code: ErrorCode, reason: string, options: AppErrorOptions = {}) {
    super(code, `${title}: ${reason}`, options);
    this.title = printableLine(title);
    this.reason = printableText(reason);
  }
}

/** It contradicts itself, e.g. a table lies outside of the file. */
export function damaged(title: string, what: string): NotImportable {
  return new NotImportable(title, 'image-damaged', `It is damaged: ${what}.`, {
    hint: 'Get or copy it again, and compare its checksum if one was published.',
  });
}

/** The end of it is missing. */
export function truncated(title: string, is: number, shouldBe: number): NotImportable {
  return new NotImportable(
    title,
    'image-damaged',
    `It is cut off: ${is.toLocaleString('en-GB')} of at least ${shouldBe.toLocaleString('en-GB')} bytes are there.`,
    { hint: 'A download or a copy of it ended early. Get it again.' },
  );
}

/** It is whole, and of a kind that can't be taken. */
export function unsupported(title: string, message: string, hint?: string): NotImportable {
  return new NotImportable(title, 'image-not-supported', message, { hint });
}

/** The same, for callers that know what it is a part of; other errors as they are. */
export function titled(title: string, error: unknown): unknown {
  if (!(error instanceof NotImportable)) return error;
  return new NotImportable(title, error.code, error.reason, { hint: error.hint, details: error.details });
}
