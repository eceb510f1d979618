import { z } from 'zod';
import { printableText } from './printable.ts';

/** Every reason that a reply can fail with. The renderer turns each into a title; `message` says the particular. */
export const errorCodes = [
  // Requests
  'invalid-input',
  'not-allowed',
  'not-supported',
  'cancelled',
  'connection-lost',
  'unexpected',
  // Library
  'name-not-allowed',
  'vm-not-found',
  'vm-exists',
  'vm-running',
  'vm-not-running',
  'vm-unreadable',
  'vm-locked',
  'home-unavailable',
  'disk-too-small',
  'disk-in-use',
  'no-space',
  'file-not-found',
  'file-not-allowed',
  'file-exists',
  // Machines
  'no-hypervisor',
  'no-firmware',
  'wrong-architecture',
  'not-enough-memory',
  'machine-limit',
  'port-taken',
  'state-not-allowed',
  'start-failed',
  'guest-crashed',
  'saved-state-invalid',
  'paths-not-confirmed',
  'suspend-failed',
  // Guests
  'agent-unavailable',
  'agent-failed',
  'no-address',
  'timeout',
  // Images
  'image-unavailable',
  'image-not-found',
  'image-damaged',
  'image-not-supported',
  // Registries
  'reference-not-allowed',
  'login-required',
  'login-refused',
  'registry-unreachable',
  'registry-refused',
  'certificate-not-trusted',
  'keychain-locked',
  // Jobs
  'job-not-found',
] as const;

export const errorCodeSchema = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

/**
 * An error as it crosses the wire. `message` says what happened and why, in the user's words; `hint` says what to do
 * next; `details` is raw output for the Details fold, never shown by itself; `retry` says that the same call may work.
 */
export const errorInfoSchema = z.object({
  code: errorCodeSchema,
  message: z.string(),
  hint: z.string().optional(),
  details: z.string().optional(),
  retry: z.boolean().optional(),
});
export type ErrorInfo = z.infer<typeof errorInfoSchema>;

/** What may be said of an error beside its code and message. */
export interface AppErrorOptions {
  hint?: string | undefined;
  details?: string | undefined;
  retry?: boolean | undefined;
  cause?: unknown;
}

/**
 * The only error that a room throws on purpose: a code from the contract, and words for the user. It often quotes others
 * (a guest, a registry, a file), so its words are made printable, see `printable.ts`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: string | undefined;
  readonly retry: boolean | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(printableText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint === undefined ? undefined : printableText(options.hint);
    this.details = options.details === undefined ? undefined : printableText(options.details);
    this.retry = options.retry;
  }

  /** The form that crosses the wire; absent fields are left out. */
  toInfo(): ErrorInfo {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
      ...(this.retry === undefined ? {} : { retry: this.retry }),
    };
  }

  /** The inverse of {@link toInfo}, for the side that receives it. */
  static fromInfo(info: ErrorInfo): AppError {
    return new AppError(info.code, info.message, info);
  }

  /** Any thrown value as an AppError: itself, a cancellation, or `unexpected` with the cause kept. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    if (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError'))
      return new AppError('cancelled', 'Cancelled.', { cause: thrown });
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new AppError('unexpected', `Something went wrong that Tatin did not expect: ${message}`, {
      ...(thrown instanceof Error && thrown.stack !== undefined ? { details: thrown.stack } : {}),
      cause: thrown,
    });
  }
}

/** A reply to any procedure. */
export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorInfo };
