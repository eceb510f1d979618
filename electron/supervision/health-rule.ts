import type { Health, HealthSettings } from '../contract/supervision.ts';

/** What one check came to. `unknown`: it could not be made, which says nothing about the guest. */
export type Look = { kind: 'passed' } | { kind: 'failed' | 'unknown'; reason: string };

/** While a guest boots it is asked more often, so that it shows soon that it works; in seconds. */
const startIntervalSeconds = 5;

/**
 * How a machine stands after a check. Failures count from the first success on, or from the end of the time to start; a
 * check that can't be made any more counts as a failure once one was.
 */
export function nextHealth(
  before: Health | undefined,
  look: Look,
  settings: Pick<HealthSettings, 'retries' | 'startSeconds'>,
  times: { runningSinceMs: number; nowMs: number },
): Health {
  const { state = 'starting', failures = 0 } = before ?? {};
  const become = (next: Health['state'], count: number, reason?: string): Health => ({
    state: next,
    since: before?.state === next ? before.since : new Date(times.nowMs).toISOString(),
    failures: count,
    ...(reason === undefined ? {} : { reason }),
  });
  if (look.kind === 'passed') return become('healthy', 0);
  const wasMade = state === 'healthy' || state === 'unhealthy';
  if (look.kind === 'unknown' && !wasMade) return become('unknown', 0, look.reason);
  const isStarting = !wasMade && times.nowMs - times.runningSinceMs < settings.startSeconds * 1000;
  if (isStarting) return become('starting', 0, look.reason);
  const count = failures + 1;
  if (state === 'unhealthy' || count >= settings.retries) return become('unhealthy', count, look.reason);
  return become(state === 'unknown' ? 'starting' : state, count, look.reason);
}

/** How long until the next check, in milliseconds. */
export function pauseAfter({ state }: Health, { intervalSeconds }: Pick<HealthSettings, 'intervalSeconds'>): number {
  return 1000 * (state === 'starting' ? Math.min(startIntervalSeconds, intervalSeconds) : intervalSeconds);
}

/** Why it is unhealthy, in a sentence for its events. */
export function unhealthyReason({ failures, reason = '' }: Health): string {
  return failures === 1 ? reason : `${failures} checks in a row failed. ${reason}`;
}
