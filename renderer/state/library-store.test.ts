import { describe, expect, it, vi } from 'vitest';
import { fakeClient } from '../testing/fake-client.ts';
import { job, linuxHost, machine, running, unreadable } from '../testing/fixtures.ts';
import { followLibrary } from './library-store.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

describe('followLibrary', () => {
  it('knows nothing until the first list has come', async () => {
    const client = fakeClient({ vms: [machine('a')], jobs: [job('j')] });
    const library = followLibrary(client);
    expect(library.getState().vms).toBeUndefined();
    await vi.waitFor(() => expect([...(library.getState().vms?.keys() ?? [])]).toEqual(['local:a']), patience);
    expect(library.getState().jobs.map(({ id }) => id)).toEqual(['j']);
    expect(library.getState().host).toEqual(linuxHost());
  });

  it('takes in what it is told', async () => {
    const client = fakeClient({ vms: [machine('a')] });
    const library = followLibrary(client);
    await vi.waitFor(() => expect(library.getState().vms?.size).toBe(1), patience);

    client.tell('vm.changed', { vm: machine('a', { state: running }) });
    client.tell('vm.changed', { vm: unreadable('b') });
    expect(library.getState().vms?.get('local:a')).toMatchObject({ state: { phase: 'running' } });
    expect(library.getState().vms?.size).toBe(2);

    client.tell('vm.removed', { id: 'local:a' });
    expect([...(library.getState().vms?.keys() ?? [])]).toEqual(['local:b']);

    client.tell('vms.replaced', { vms: [machine('c')] });
    expect([...(library.getState().vms?.keys() ?? [])]).toEqual(['local:c']);

    client.tell('job.changed', { job: job('one') });
    client.tell('job.changed', { job: job('two') });
    client.tell('job.changed', { job: job('one', { fraction: 0.9 }) });
    expect(library.getState().jobs).toMatchObject([
      { id: 'two', fraction: 0.42 },
      { id: 'one', fraction: 0.9 },
    ]);
    client.tell('job.removed', { jobId: 'two' });
    expect(library.getState().jobs.map(({ id }) => id)).toEqual(['one']);
  });

  it('keeps what it is told while a slower list is still waited for', async () => {
    const client = fakeClient({ vms: [machine('a')], jobs: [job('j')] });
    const release = client.hold('images.list');
    const library = followLibrary(client);
    await vi.waitFor(() => expect(library.getState().host).toBeDefined(), patience);
    client.tell('vm.changed', { vm: machine('a', { state: running }) });
    client.tell('job.removed', { jobId: 'j' });
    release();
    await vi.waitFor(() => expect(library.getState().images).toBeDefined(), patience);
    expect(library.getState()).toMatchObject({ jobs: [], error: undefined });
    expect(library.getState().vms?.get('local:a')).toMatchObject({ state: { phase: 'running' } });
  });

  it('lists again when a lost connection comes back', async () => {
    const client = fakeClient({ vms: [machine('a')] });
    const library = followLibrary(client);
    await vi.waitFor(() => expect(library.getState().vms?.size).toBe(1), patience);
    client.setConnection('lost');
    expect(library.getState().connection).toBe('lost');
    expect(library.getState().vms?.size).toBe(1);
    client.world.vms.set('local:b', machine('b'));
    client.setConnection('connected');
    await vi.waitFor(() => expect(library.getState().vms?.size).toBe(2), patience);
  });

  it('says why there is no list', async () => {
    const client = fakeClient();
    client.refuse('vms.list', { code: 'home-unavailable', message: 'The disk “Work” is not connected.' });
    const library = followLibrary(client);
    await vi.waitFor(() => expect(library.getState().error?.code).toBe('home-unavailable'), patience);
    client.tell('vms.replaced', { vms: [machine('a')] });
    expect(library.getState().error).toBeUndefined();
  });
});
