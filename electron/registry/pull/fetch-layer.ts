import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../contract/errors.ts';
import {
  type RetryPolicy,
  defaultRetries,
  isTemporary,
  maxRetryAfterMs,
  pauseAfter,
  retryAfterMs,
  waitText,
  worthTellingMs,
} from '../../host/retry.ts';
import type { LayerOutcome, LayerPosition, LayerTarget } from '../disk/tasks.ts';
import type { TransferThread, TransferWorkers } from '../disk/transfer-workers.ts';
import { defaultPatienceMs } from './image-place.ts';
import type { ImageSource } from '../client/image-source.ts';

/** How much is borne before a transfer is given up; attempts are counted anew when something has come. */
export interface RetryLimits extends RetryPolicy {
  /** How long nothing may come over a connection. */
  readonly stallMs: number;
  /** How long another program may hold the lock of the host when all else is done. */
  readonly lockMs: number;
}

export const defaultRetryLimits: RetryLimits = {
  ...defaultRetries,
  stallMs: 30_000,
  lockMs: defaultPatienceMs,
};

/** How often a layer that turns out wrong is fetched anew: something on the way may have changed it once. */
const attemptsOfDamaged = 3;

/** A layer that came again and again without this much is not moving. */
const progressThatCounts = 64 * 1024;

export interface FetchContext {
  readonly source: ImageSource;
  readonly repository: string;
  readonly workers: TransferWorkers;
  readonly journalFd: number;
  readonly endurance: RetryLimits;
  readonly signal: AbortSignal;
  /** "layer 3 of 8 (sha256:...)" */
  readonly what: string;
  readonly onBytes: (received: number) => void;
  /** Is told when the registry asks to wait, and how long. */
  readonly onWait: (ms: number) => void;
}

/**
 * Fetches a layer into its place and verifies it, over as many connections as that takes.
 * @returns whether the blob itself was hashed, beside what it unpacked to
 * @throws AppError `image-damaged`, `image-not-found`, `login-refused`, `registry-refused`, `registry-unreachable`
 */
export async function fetchLayer(
  layer: LayerTarget,
  from: LayerPosition,
  context: FetchContext,
): Promise<{ readonly isBlobProven: boolean }> {
  let start = from;
  for (let attempt = 1; ; attempt++) {
    const outcome = await fetchOnce(layer, start, context);
    if (outcome.kind === 'verified') return outcome;
    if (outcome.kind === 'untrue') throw new UntrueImage(layer, outcome.plainDigest, context.what);
    if (attempt === attemptsOfDamaged)
      throw new AppError('image-damaged', `The registry's ${context.what} is damaged: ${outcome.reason}.`, {
        hint: 'Nothing of it was put into the cache. Ask the publisher of the image, or try again later.',
        retry: true,
      });
    start = { encoded: 0, plain: 0 };
    context.onBytes(0);
  }
}

/** The bytes are those that were pushed and make something else than the image says: asking again brings no others. */
export class UntrueImage extends AppError {
  constructor({ plainDigest }: LayerTarget, found: string, what: string) {
    super(
      'image-damaged',
      `The image is not what it says it is: its ${what} should unpack to ${plainDigest}, and unpacks to ${found}.`,
      { hint: 'Nothing of it was kept. It was made wrong, perhaps on purpose: do not trust where it comes from.' },
    );
  }
}

/** One try from where it starts, until all has come or it turns out to be wrong. */
async function fetchOnce(layer: LayerTarget, from: LayerPosition, context: FetchContext): Promise<Judged> {
  const { workers, journalFd, signal } = context;
  const thread = workers.pick();
  const session = await thread.run<'begin-layer'>({ kind: 'begin-layer', layer, from, journalFd }, { signal });
  try {
    return await fetchInto(thread, session, layer, from.encoded, context);
  } finally {
    await thread.run<'drop-layer'>({ kind: 'drop-layer', session });
  }
}

async function fetchInto(
  thread: TransferThread,
  session: number,
  layer: LayerTarget,
  already: number,
  context: FetchContext,
): Promise<Judged> {
  const { source, repository, endurance, signal, onBytes } = context;
  let received = already;
  let failures = 0;
  for (;;) {
    const request = await source.blobRequest(repository, layer.digest, signal, { again: failures > 0 });
    const before = received;
    const outcome = await thread.run<'get-layer'>(
      {
        kind: 'get-layer',
        session,
        url: request.url,
        headers: request.headers,
        route: request.route ?? {},
        stallMs: endurance.stallMs,
      },
      {
        signal,
        onBytes,
      },
    );
    if (outcome.kind !== 'cut' && outcome.kind !== 'refused') return outcome;
    received = outcome.received;
    onBytes(received);
    if (outcome.kind === 'refused' && outcome.status === 416 && received > 0)
      return { kind: 'damaged', reason: 'the registry has fewer bytes of it than the manifest says' };
    failures = received - before >= progressThatCounts ? 1 : failures + 1;
    const reason = outcome.kind === 'cut' ? outcome.reason : `the server answered with status ${outcome.status}`;
    const askedMs = outcome.kind === 'refused' ? (retryAfterMs(outcome.retryAfter) ?? 0) : 0;
    if (askedMs > maxRetryAfterMs)
      throw givenUp(outcome, `${reason} and asks to wait ${waitText(askedMs)}`, context.what);
    if (failures >= endurance.attempts || isFinal(outcome, failures)) throw givenUp(outcome, reason, context.what);
    if (askedMs >= worthTellingMs) context.onWait(askedMs);
    await delay(pauseFor(outcome, failures, endurance), undefined, { signal });
  }
}

/** All of it came. */
type Judged = Extract<LayerOutcome, { kind: 'verified' | 'damaged' | 'untrue' }>;
type Failure = Extract<LayerOutcome, { kind: 'cut' | 'refused' }>;

/**
 * Whether asking again is of no use. A token or an address may have run out, so each refusal is heard twice. What is no
 * answer at all may come from something on the way, as what is damaged.
 */
function isFinal(outcome: Failure, failures: number): boolean {
  if (outcome.kind === 'cut') return outcome.isWrong === true && failures >= attemptsOfDamaged;
  if (isTemporary(outcome.status)) return false;
  return failures > 1;
}

function pauseFor(outcome: Failure, failures: number, policy: RetryPolicy): number {
  const asked = outcome.kind === 'refused' ? retryAfterMs(outcome.retryAfter) : undefined;
  if (asked !== undefined) return asked;
  // The first refusal of a login is no overload.
  if (outcome.kind === 'refused' && !isTemporary(outcome.status)) return 0;
  return pauseAfter(failures, policy);
}

function givenUp(outcome: Failure, reason: string, what: string): AppError {
  const kept = 'What was fetched is kept: trying again continues from there.';
  const status = outcome.kind === 'refused' ? outcome.status : 0;
  if (status === 401 || status === 403)
    return new AppError('login-refused', `The registry does not let you have ${what}: ${reason}.`, {
      hint: `Log in again. ${kept}`,
      retry: true,
    });
  if (status === 404 || status === 410)
    return new AppError('image-not-found', `The registry has no ${what}, which the image needs.`, {
      hint: 'The image was deleted in part. Ask its publisher.',
      retry: true,
    });
  if (status !== 0 && !isTemporary(status))
    return new AppError('registry-refused', `The registry refused ${what}: ${reason}.`, { hint: kept, retry: true });
  return new AppError('registry-unreachable', `Fetching ${what} failed again and again: ${reason}.`, {
    hint: kept,
    retry: true,
  });
}
