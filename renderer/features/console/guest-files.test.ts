import { describe, expect, it, vi } from 'vitest';
import { maxGuestFileBytes } from '../../../electron/contract/imports.ts';
import { givenFile, givenPath } from '../../files/given.ts';
import { fakeClient } from '../../testing/fake-client.ts';
import { machine, running, then } from '../../testing/fixtures.ts';
import { GuestFiles } from './guest-files.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

function scene() {
  const client = fakeClient({ vms: [machine('web', { state: running })] });
  const files = new GuestFiles(client, 'local:web');
  files.follow();
  const states = () => files.store.getState().map(({ state }) => state);
  return { client, files, states };
}

describe('GuestFiles', () => {
  it('brings a file across and has a job write it in the guest, whose end it tells', async () => {
    const { client, files, states } = scene();
    files.give([givenFile(new File(['hello'], 'notes.txt'))]);
    await vi.waitFor(() => expect(states()[0]?.step).toBe('job'), patience);
    const [{ uploadId } = { uploadId: '' }] = client.inputsOf('uploads.begin');
    expect(client.inputsOf('guestFiles.send')).toEqual([{ id: 'local:web', source: { from: 'upload', uploadId } }]);
    const [job] = client.world.jobs.values();
    if (job !== undefined) client.tell('job.changed', { job: { ...job, state: 'succeeded', endedAt: then } });
    expect(states()).toMatchObject([{ step: 'job', job: { state: 'succeeded' } }]);
  });

  it('sends no bytes of a file that has a place on the host', async () => {
    const { client, files } = scene();
    files.give([givenPath('/home/user/notes.txt')]);
    await vi.waitFor(
      () => expect(client.inputsOf('guestFiles.send')).toMatchObject([{ source: { path: '/home/user/notes.txt' } }]),
      patience,
    );
    expect(client.inputsOf('uploads.begin')).toEqual([]);
  });

  it('says no where no agent answers, before it sends anything', async () => {
    const { client, files, states } = scene();
    vi.spyOn(client, 'call').mockImplementationOnce(() =>
      Promise.resolve({ available: false, reason: 'It did not answer.' } as never),
    );
    files.give([givenFile(new File(['hello'], 'notes.txt'))]);
    await vi.waitFor(() => expect(states()[0]?.step).toBe('failed'), patience);
    expect(states()).toMatchObject([{ error: { code: 'agent-unavailable', hint: 'It did not answer.' } }]);
    expect(client.inputsOf('uploads.begin')).toEqual([]);
  });

  it('refuses what is too long, and folders', async () => {
    const { client, files, states } = scene();
    const long = new File([], 'long.img');
    Object.defineProperty(long, 'size', { value: maxGuestFileBytes + 1 });
    files.give([
      givenFile(long),
      { by: 'folder', key: 'folder', name: 'Photos', read: () => Promise.reject(new Error('asked for')) },
    ]);
    await vi.waitFor(() => expect(states().map(({ step }) => step)).toEqual(['failed', 'failed']), patience);
    expect(states()).toMatchObject([{ error: { code: 'invalid-input' } }, { error: { code: 'not-supported' } }]);
    expect(client.calls).toEqual([]);
  });

  it('cancels the job of a file that is taken off while it runs', async () => {
    const { client, files, states } = scene();
    files.give([givenPath('/home/user/notes.txt')]);
    await vi.waitFor(() => expect(states()[0]?.step).toBe('job'), patience);
    const [one] = files.store.getState();
    files.remove(one?.key ?? '');
    expect(files.store.getState()).toEqual([]);
    expect(client.inputsOf('jobs.cancel')).toHaveLength(1);
  });
});
