import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { procedures, type ProcedureName } from '../../contract/contract.ts';
import { AppError } from '../../contract/errors.ts';
import { channelWindowBytes } from '../../contract/wire.ts';
import { EchoBackend } from './echo-backend.ts';
import { joinByIpc, joinByWebSocket, type Joined } from './transports.ts';

const patience = { timeout: 20_000 };

describe.each([
  ['WebSocket', joinByWebSocket],
  ['Electron’s ports', joinByIpc],
])('the contract over %s', (_name, join) => {
  let backend: EchoBackend;
  let joined: Joined;
  beforeEach(async () => {
    backend = new EchoBackend();
    joined = await join(backend);
  });
  afterEach(() => joined[Symbol.asyncDispose]());

  it('brings input with its defaults filled in, and the output back', async () => {
    backend.onCall = () => Promise.resolve(null);
    await expect(joined.client.call('vms.picture', { id: 'local:a' })).resolves.toBeNull();
    expect(backend.calls[0]).toMatchObject({ name: 'vms.picture', input: { id: 'local:a', maxWidth: 480 } });
  });

  it('answers also where there is nothing to say', async () => {
    backend.onCall = () => Promise.resolve();
    await expect(joined.client.call('jobs.dismiss', {})).resolves.toBeUndefined();
  });

  it('carries an error with everything that it says', async () => {
    const error = new AppError('port-taken', 'Port 2222 is taken.', { hint: 'Use 2223.', details: 'raw', retry: true });
    backend.onCall = () => Promise.reject(error);
    const thrown: unknown = await joined.client.call('machines.start', { id: 'local:a' }).catch((e: unknown) => e);
    expect(thrown).toBeInstanceOf(AppError);
    expect((thrown as AppError).toInfo()).toEqual(error.toInfo());
  });

  it('refuses input that is not in the contract, before any handler, for every procedure that takes some', async () => {
    const takingSome = (Object.keys(procedures) as ProcedureName[]).filter(
      (name) => !procedures[name].input.safeParse({}).success,
    );
    expect(takingSome.length).toBeGreaterThan(15);
    for (const name of takingSome)
      for (const bad of [{}, null, 7, { id: 7 }, { id: '' }])
        await expect(joined.client.call(name, bad as never), `${name} ${JSON.stringify(bad)}`).rejects.toMatchObject({
          code: 'invalid-input',
        });
    expect(backend.calls).toEqual([]);
  });

  it('knows no procedure that only objects have', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'vms.nothing'])
      await expect(joined.client.call(name as never, {} as never)).rejects.toMatchObject({ code: 'not-supported' });
  });

  it('does not let an answer out that breaks the contract', async () => {
    backend.onCall = () => Promise.resolve({ surprise: true });
    await expect(joined.client.call('vms.list', {})).rejects.toMatchObject({ code: 'unexpected' });
  });

  it('keeps answers apart that come in another order than the questions', async () => {
    const releases: (() => void)[] = [];
    backend.onCall = async (_call, input) => {
      await new Promise<void>((resolve) => releases.push(resolve));
      return { name: (input as { suggestion: string }).suggestion };
    };
    const asked = ['a', 'b', 'c'].map((suggestion) => joined.client.call('vms.suggestName', { suggestion }));
    await vi.waitFor(() => expect(releases).toHaveLength(3), patience);
    for (const release of releases.reverse()) release();
    expect((await Promise.all(asked)).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('tells the handler when the caller gives up', async () => {
    backend.onCall = (_call, _input, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(AppError.from(signal.reason))));
    const controller = new AbortController();
    const call = joined.client.call('machines.start', { id: 'local:a' }, { signal: controller.signal });
    await vi.waitFor(() => expect(backend.calls).toHaveLength(1), patience);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await vi.waitFor(() => expect(backend.calls[0]?.signal.aborted).toBe(true), patience);
  });

  it('tells events to who listens, until it no longer does', async () => {
    const heard: string[] = [];
    const off = joined.client.on('job.removed', ({ jobId }) => heard.push(jobId));
    await vi.waitFor(() => expect(backend.listenerCount).toBe(1), patience);
    backend.tell('job.removed', { jobId: '1' });
    backend.tell('vm.removed', { id: 'local:a' });
    await vi.waitFor(() => expect(heard).toEqual(['1']), patience);
    off();
    backend.tell('job.removed', { jobId: '2' });
    backend.onCall = () => Promise.resolve([]);
    await joined.client.call('jobs.list', {});
    expect(heard).toEqual(['1']);
  });

  it('stops telling, and calls off what was asked, when the page goes', async () => {
    backend.onCall = () => new Promise(() => undefined);
    joined.client.call('machines.start', { id: 'local:a' }).catch(() => undefined);
    await vi.waitFor(() => expect(backend.calls).toHaveLength(1), patience);
    joined.leave();
    await vi.waitFor(() => expect(backend.listenerCount).toBe(0), patience);
    expect(backend.calls[0]?.signal.aborted).toBe(true);
  });

  it('brings bytes both ways, whole and in order', async () => {
    const channel = await joined.client.openChannel('serial', { id: 'local:a' });
    const sent = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31 + (index >> 8)) % 256);
    const got: number[] = [];
    channel.onData((bytes) => void got.push(...bytes));
    for (let at = 0; at < sent.length; at += 7_001) await channel.send(sent.slice(at, at + 7_001));
    await vi.waitFor(() => expect(got).toHaveLength(sent.length), patience);
    expect(Buffer.from(got).equals(Buffer.from(sent))).toBe(true);
    channel.close();
    await vi.waitFor(() => expect(backend.channels[0]?.closed).toBe(true), patience);
  });

  it('makes the sender wait for a receiver that can not keep up', async () => {
    const channel = await joined.client.openChannel('console', { id: 'local:a' });
    const far = backend.channels[0];
    if (far === undefined) throw new Error('no channel was opened');
    channel.onData(() => undefined);
    far.isHeld = true;
    const piece = new Uint8Array(256 * 1024);
    let sent = 0;
    const flood = (async () => {
      for (let index = 0; index < 32; index++) {
        await channel.send(piece);
        sent += piece.length;
      }
    })();
    await vi.waitFor(() => expect(far.received).toBe(piece.length), patience);
    // Give whatever is under way the chance to arrive: a question and its answer over the same transport.
    backend.onCall = () => Promise.resolve([]);
    await joined.client.call('jobs.list', {});
    expect(sent).toBeLessThanOrEqual(channelWindowBytes);
    far.release();
    await flood;
    expect(sent).toBe(32 * piece.length);
    channel.close();
  });

  it('says why a channel could not be opened', async () => {
    await expect(joined.client.openChannel('console', { id: 'local:missing' })).rejects.toMatchObject({
      code: 'vm-not-found',
    });
    await expect(joined.client.openChannel('console', { id: '' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(joined.client.openChannel('camera' as 'console', { id: 'a' })).rejects.toMatchObject({
      code: 'not-supported',
    });
  });

  it('says on the page why the far end closed', async () => {
    const channel = await joined.client.openChannel('console', { id: 'local:a' });
    const closed = new Promise((resolve) => channel.onClose(resolve));
    backend.channels[0]?.close('The machine was shut down.');
    await expect(closed).resolves.toBe('The machine was shut down.');
    await expect(channel.send(new Uint8Array(1))).rejects.toMatchObject({ code: 'connection-lost' });
  });
});
