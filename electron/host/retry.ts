import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';

/** How much is borne before a request is given up. */
export interface RetryPolicy {
  /** The first included. */
  readonly attempts: number;
  /** Pause after the first failure; each further one doubles it. */
  readonly pauseMs: number;
  readonly maxPauseMs: number;
}

/** About a minute of failures in all, beside what servers ask to wait. */
export const defaultRetries: RetryPolicy = { attempts: 7, pauseMs: 500, maxPauseMs: 30_000 };

/** Nobody answers at that name or port: most often a slip of the pen, so a person is told soon. */
export const attemptsToConnect = 3;

/** What answers is no registry, or something on the way spoiled the answer; that is seldom over soon. */
export const attemptsOfNonsense = 3;

/** Servers ask for seconds. Who wants more than this to pass is not waited for: the error says so. */
export const maxRetryAfterMs = 2 * 60_000;

/** A wait that a server asked for, in words: "5 seconds". */
export function waitText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}

/** A failure that may be over soon. */
export class Temporary extends Error {
  /** What is said if it is not. */
  readonly error: AppError;
  readonly retryAfterMs: number | undefined;
  readonly maxAttempts: number;

  constructor(error: AppError, options: { retryAfterMs?: number | undefined; maxAttempts?: number | undefined } = {}) {
    super(error.message, { cause: error });
    this.error = error;
    this.retryAfterMs = options.retryAfterMs;
    this.maxAttempts = options.maxAttempts ?? Number.POSITIVE_INFINITY;
  }
}

/**
 * Tries until it works, fails for good, or has failed often enough: then throws the AppError within the last
 * {@link Temporary}. Waits as long as the server asks, else longer each time. `hasProgressed`: whether something lasting was
 * done since it was asked last, which makes the next failure the first again.
 */
export async function withRetries<T>(
  attempt: (number: number) => Promise<T>,
  policy: RetryPolicy,
  signal: AbortSignal,
  hasProgressed: () => boolean = () => false,
  onWait: (ms: number) => void = () => undefined,
): Promise<T> {
  for (let number = 1; ; number++) {
    signal.throwIfAborted();
    try {
      return await attempt(number);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Temporary)) throw error;
      if (hasProgressed()) number = 1;
      const asked = error.retryAfterMs ?? 0;
      if (number >= Math.min(policy.attempts, error.maxAttempts) || asked > maxRetryAfterMs) throw error.error;
      if (asked >= worthTellingMs) onWait(asked);
      await delay(error.retryAfterMs ?? pauseAfter(number, policy), undefined, { signal });
    }
  }
}

/** How long to wait after that many failures in a row, in milliseconds; a random part keeps requests apart. */
export function pauseAfter(failures: number, { pauseMs, maxPauseMs }: RetryPolicy): number {
  return Math.min(pauseMs * 2 ** (failures - 1), maxPauseMs) * (0.75 + Math.random() / 2);
}

/** A wait that a person would take for a standstill. */
export const worthTellingMs = 2000;

/** Whether the same request may be answered otherwise later: timeouts, too many requests, a server in trouble. */
export function isTemporary(status: number): boolean {
  // 501 and 505 say that the server will never do it (RFC 9110).
  return [408, 425, 429].includes(status) || (status >= 500 && status !== 501 && status !== 505);
}

/** Retry-After: seconds or a date (RFC 9110); undefined if there is none that can be read. */
export function retryAfterMs(text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined;
  const waitMs = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(waitMs) ? undefined : Math.max(waitMs, 0);
}
