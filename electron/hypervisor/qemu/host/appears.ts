import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnedProcess } from './processes.ts';

const limitMs = 10_000;
const pollMs = 5;

/**
 * Waits until a program has made its socket; false if it ended instead, or needs far longer than it should. Who connects
 * to find out would be taken for its client.
 */
export async function appears(socketPath: string, program: OwnedProcess, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.timeout(limitMs);
  const ended = program.ended.then(() => true);
  while (!limit.aborted) {
    signal.throwIfAborted();
    if ((await stat(socketPath).catch(() => undefined)) !== undefined) return true;
    if (await Promise.race([ended, delay(pollMs, false)])) return false;
  }
  return false;
}
