import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../electron/contract/errors.ts';
import { KeptChannel } from './kept-channel.ts';
import { testChannel, type TestChannel } from './testing/channel-pair.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

/** A kept channel over channels in memory. `fail` lets the next openings fail; pauses end when the test says so. */
function setUp(failures: AppError[] = []): {
  kept: KeptChannel;
  opened: TestChannel[];
  pauses: number[];
  passTime: () => void;
} {
  const opened: TestChannel[] = [];
  const pauses: number[] = [];
  let passTime = (): void => undefined;
  const kept = new KeptChannel({
    open: () => {
      const failure = failures.shift();
      if (failure !== undefined) return Promise.reject(failure);
      const channel = testChannel();
      opened.push(channel);
      return Promise.resolve(channel);
    },
    onOpen: () => undefined,
    pause: (ms, signal) => {
      pauses.push(ms);
      return new Promise((resolve) => {
        passTime = resolve;
        signal.addEventListener('abort', () => resolve());
        if (signal.aborted) resolve();
      });
    },
  });
  return { kept, opened, pauses, passTime: () => passTime() };
}

const lost = (): AppError => new AppError('connection-lost', 'Gone.');

describe('KeptChannel', () => {
  it('opens when it is wanted and closes when it is not', async () => {
    const { kept, opened } = setUp();
    kept.want(true);
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'), patience);
    kept.want(false);
    expect(kept.status.kind).toBe('off');
    expect(opened[0]?.isClosed).toBe(true);
  });

  it('closes a channel that opened after it was no longer wanted', async () => {
    const { kept, opened } = setUp();
    kept.want(true);
    kept.want(false);
    await vi.waitFor(() => expect(opened[0]?.isClosed).toBe(true), patience);
    expect(kept.status.kind).toBe('off');
  });

  it('opens again when the far end goes away, and says why meanwhile', async () => {
    const { kept, opened, passTime } = setUp();
    kept.want(true);
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'), patience);
    opened[0]?.end('the server stopped');
    await vi.waitFor(() => expect(kept.status).toMatchObject({ kind: 'opening', failures: 1 }), patience);
    expect(kept.status.kind === 'opening' && kept.status.error?.message).toBe('the server stopped');
    passTime();
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'), patience);
    expect(opened).toHaveLength(2);
  });

  it('waits longer after each failure, and tries at once when told to', async () => {
    const { kept, pauses } = setUp([lost(), lost(), lost()]);
    kept.want(true);
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(pauses).toHaveLength(count), patience);
      kept.retry();
    }
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'), patience);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(new Set(pauses).size).toBe(3);
  });

  it('asks again after a refusal that may pass', async () => {
    const { kept, pauses } = setUp([new AppError('not-allowed', 'Another program runs it.')]);
    kept.want(true);
    await vi.waitFor(() => expect(pauses).toHaveLength(1), patience);
    kept.retry();
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'), patience);
  });

  it('does not ask again for what is refused for good, until told to', async () => {
    const { kept, pauses } = setUp([new AppError('not-supported', 'It has no display.')]);
    kept.want(true);
    await vi.waitFor(() => expect(kept.status.kind).toBe('refused'), patience);
    expect(pauses).toEqual([]);
    kept.retry();
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'), patience);
  });
});
