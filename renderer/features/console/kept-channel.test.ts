import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../electron/contract/errors.ts';
import { KeptChannel } from './kept-channel.ts';
import { testChannel, type TestChannel } from './testing/channel-pair.ts';

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
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'));
    kept.want(false);
    expect(kept.status.kind).toBe('off');
    expect(opened[0]?.isClosed).toBe(true);
  });

  it('closes a channel that opened after it was no longer wanted', async () => {
    const { kept, opened } = setUp();
    kept.want(true);
    kept.want(false);
    await vi.waitFor(() => expect(opened[0]?.isClosed).toBe(true));
    expect(kept.status.kind).toBe('off');
  });

  it('opens again when the far end goes away, and says why meanwhile', async () => {
    const { kept, opened, passTime } = setUp();
    kept.want(true);
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'));
    opened[0]?.end('the server stopped');
    await vi.waitFor(() => expect(kept.status).toMatchObject({ kind: 'opening', failures: 1 }));
    expect(kept.status.kind === 'opening' && kept.status.error?.message).toBe('the server stopped');
    passTime();
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'));
    expect(opened).toHaveLength(2);
  });

  it('waits longer after each failure, and tries at once when told to', async () => {
    const { kept, pauses } = setUp([lost(), lost(), lost()]);
    kept.want(true);
    for (const count of [1, 2, 3]) {
      await vi.waitFor(() => expect(pauses).toHaveLength(count));
      kept.retry();
    }
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'));
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(new Set(pauses).size).toBe(3);
  });

  it('asks again after a refusal that may pass', async () => {
    const { kept, pauses } = setUp([new AppError('not-allowed', 'Another program runs it.')]);
    kept.want(true);
    await vi.waitFor(() => expect(pauses).toHaveLength(1));
    kept.retry();
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'));
  });

  it('does not ask again for what is refused for good, until told to', async () => {
    const { kept, pauses } = setUp([new AppError('not-supported', 'It has no display.')]);
    kept.want(true);
    await vi.waitFor(() => expect(kept.status.kind).toBe('refused'));
    expect(pauses).toEqual([]);
    kept.retry();
    await vi.waitFor(() => expect(kept.status.kind).toBe('open'));
  });
});
