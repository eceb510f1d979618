import { z } from 'zod';
import { printableText } from './printable.ts';

/** Every reason that a reply can fail with; its comment goes to docs/errors.md. `message` says the particular. */
export const errorCodes = [
  // Requests
  'invalid-input', // The request makes no sense: a value is missing, malformed, or contradicts another.
  'not-allowed', // The request is understood and refused: it is not for this caller, or not now.
  'not-supported', // This host, this guest or this version of Tatin cannot do it.
  'cancelled', // The user or the caller cancelled it.
  'connection-lost', // The other end of a connection has gone: the server, a channel, a guest.
  'unexpected', // A fault of Tatin, or an error of the system that Tatin has no words for. `details` holds the stack.
  // Library
  'name-not-allowed', // A VM cannot have this name.
  'vm-not-found', // There is no VM of this name or id.
  'vm-exists', // There is a VM of this name already.
  'vm-running', // It needs a VM that does not run and does not change, and this one does.
  'vm-not-running', // It needs a running VM, and this one is not.
  'vm-unreadable', // The files of the VM are damaged or missing. The list shows why.
  'vm-locked', // Another program holds the lock of the VM or of the home. It may work later.
  'home-unavailable', // The home is not there: its folder or its drive is missing.
  'disk-too-small', // The disk is too small for what is to be put on it, or would shrink.
  'disk-in-use', // Another program has the disk open.
  'no-space', // The volume has too little free space.
  'file-not-found', // A file or folder that was named is not there.
  'file-not-allowed', // The system denies access to a file, or Tatin does not follow it.
  'file-exists', // There is something at the path already.
  // Machines
  'no-hypervisor', // What runs VMs is missing here: QEMU, the app, or the virtualization of the processor.
  'no-firmware', // There is no UEFI firmware for the guest.
  'wrong-architecture', // The guest, or a disk of it, is for another processor than the host or the VM.
  'not-enough-memory', // The host has too little free memory.
  'machine-limit', // As many VMs run as the system or its licence allows.
  'port-taken', // A port cannot be opened: it is taken, or for the administrator only.
  'state-not-allowed', // The VM is not in a state for this, such as a resume of what is not paused.
  'start-failed', // The VM did not start. `details` holds what its hypervisor said.
  'guest-crashed', // The VM ended by a fault. `details` holds what its hypervisor said.
  'saved-state-invalid', // The saved state does not fit the VM or is damaged, so it cannot be resumed.
  'paths-not-confirmed', // The VM would open files of the host that the user has not confirmed.
  'suspend-failed', // The VM could not be suspended; it goes on.
  // Guests
  'agent-unavailable', // No agent answers in the guest.
  'agent-failed', // The agent in the guest answered with an error or with nonsense.
  'no-address', // The VM has no IP address that can be found.
  'timeout', // It took longer than it may.
  // Images
  'image-unavailable', // The image, or what it is made from, cannot be had here.
  'image-not-found', // There is no image of this name, here or in the registry.
  'image-damaged', // An image, archive or disk is damaged or not what it says it is.
  'image-not-supported', // An image, archive or disk is of a kind that Tatin does not read.
  // Registries
  'reference-not-allowed', // This is not the name of an image.
  'login-required', // The registry asks for a login, and there is none.
  'login-refused', // The registry refused the login, or the login has no right to the image.
  'registry-unreachable', // The registry does not answer.
  'registry-refused', // The registry, or a helper for its logins, answered with an error or against the protocol.
  'certificate-not-trusted', // The certificate of the registry is not trusted.
  'keychain-locked', // The keychain is locked or refuses.
  // Jobs
  'job-not-found', // The job is no longer on the list.
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
