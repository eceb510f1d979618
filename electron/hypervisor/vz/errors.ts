import { AppError, type ErrorCode } from '../../contract/errors.ts';
import { type VzErrorFacts, vzErrorSchema } from './document.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly retry?: true;
}

/** Virtualization.framework's errors (VZError.h) in the user's words; what is not here keeps the system's own. */
const meanings: Readonly<Record<number, Meaning>> = {
  2: {
    code: 'start-failed',
    message: 'macOS refuses the settings of this machine',
    hint: 'Look at what it says in Details, and change the settings that it names.',
  },
  3: { code: 'state-not-allowed', message: 'The machine is not in a state for that' },
  4: { code: 'state-not-allowed', message: 'The machine is not in a state for that' },
  5: {
    code: 'image-not-supported',
    message: "The disk can't be used",
    hint: 'Disks are raw images whose length is a multiple of 512 bytes. Convert it, or choose another.',
  },
  6: {
    code: 'machine-limit',
    message: 'macOS runs at most two macOS guests at once',
    hint: 'Suspend or shut down one of them.',
    retry: true,
  },
  7: { code: 'start-failed', message: "The machine's network could not be set up", retry: true },
  8: { code: 'no-space', message: 'The disk of this Mac is full', hint: 'Make room and try again.', retry: true },
  9: { code: 'cancelled', message: 'Cancelled' },
  10: { code: 'not-supported', message: "This Mac can't do that" },
  11: { code: 'suspend-failed', message: "The machine's state could not be saved", hint: 'Shut it down instead.' },
  12: {
    code: 'saved-state-invalid',
    message: "The saved state can't be resumed",
    hint: 'It belongs to this Mac, this version of macOS and the settings it was made with. Stop the machine to discard it.',
  },
  10001: { code: 'image-unavailable', message: "Apple's list of macOS versions can't be reached", retry: true },
  10002: { code: 'image-unavailable', message: "Apple's list of macOS versions can't be read", retry: true },
  10003: { code: 'image-not-found', message: 'Apple offers no macOS that this Mac could run as a guest' },
  10004: { code: 'image-damaged', message: "The installer image can't be read", hint: 'Download it again.' },
  10005: { code: 'image-damaged', message: 'The installer image is damaged', hint: 'Download it again.' },
  10006: {
    code: 'image-not-supported',
    message: 'This macOS can only be installed from a newer one',
    hint: 'Update this Mac, or install Xcode of that version, which brings the support for it.',
  },
  10007: { code: 'start-failed', message: 'macOS could not be installed', retry: true },
  20001: { code: 'disk-in-use', message: 'The network disk could not be opened', retry: true },
  20002: { code: 'guest-crashed', message: 'The network disk was disconnected', retry: true },
  40001: { code: 'invalid-input', message: "The full name can't be used for the guest's account" },
  40002: { code: 'invalid-input', message: "The user name can't be used for the guest's account" },
  40003: { code: 'invalid-input', message: "The password can't be used for the guest's account" },
};

/** Codes of the addon's own domain; see `Problem` in native/vz/failure.h. */
const ownCodes: Readonly<Record<number, ErrorCode>> = { 3: 'not-supported', 4: 'state-not-allowed' };

/** Words that a locked login keychain leaves somewhere in the error of a start (macOS 15 and later). */
const lockedKeychain = /SecKeyCreateRandomKey|keypair|Interaction is not allowed|errSecInteractionNotAllowed|-25308/i;

/** What the addon threw, or told by an event, as an error for the user. */
export function vzError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const parsed = vzErrorSchema.safeParse(thrown instanceof Error ? errorFields(thrown) : thrown);
  return parsed.success ? fromFacts(parsed.data, thrown) : AppError.from(thrown);
}

function fromFacts(facts: VzErrorFacts, cause: unknown): AppError {
  const details = describe(facts);
  if (lockedKeychain.test(details)) return keychainLocked(details);
  if (facts.domain === 'VZErrorDomain') {
    const meaning = meanings[facts.code];
    if (meaning !== undefined) {
      const { code, message, hint, retry } = meaning;
      const reason = facts.reason === undefined || code === 'cancelled' ? '' : `: ${facts.reason}`;
      return new AppError(code, sentence(message + reason), { hint, retry, details, cause });
    }
  }
  const code = facts.domain === 'TatinVz' ? (ownCodes[facts.code] ?? 'unexpected') : 'start-failed';
  return new AppError(code, sentence(facts.message), { hint: facts.suggestion, details, cause });
}

/** Why a start without a logged-in user fails, with the cure; also for a check before the start. */
export function keychainLocked(details?: string): AppError {
  return new AppError(
    'keychain-locked',
    'The login keychain is locked, and macOS keeps the keys of its guests there.',
    {
      hint: 'Log in once on the screen, or type: security unlock-keychain login.keychain',
      details,
      retry: true,
    },
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function describe({ message, domain, code, failure, reason, underlying }: VzErrorFacts): string {
  const lines = [`${domain} ${code}: ${message}`, failure, reason].filter((line) => line !== undefined);
  return [...new Set(lines), ...(underlying === undefined ? [] : [describe(underlying)])].join('\n');
}

/** An Error's message is not its own enumerable property. */
function errorFields(error: Error): unknown {
  const underlying =
    'underlying' in error && error.underlying instanceof Error ? errorFields(error.underlying) : undefined;
  return { ...Object.fromEntries(Object.entries(error)), message: error.message, underlying };
}
