import { describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { Status } from './status.ts';
import { job, machine, states, TestBackend } from './testing/fixtures.ts';

const never = new AbortController().signal;

describe('Status', () => {
  it('holds what there is and follows what changes', async () => {
    const backend = new TestBackend([machine('a')], [job('Making a', 'running')]);
    using status = await Status.open(backend, never);
    backend.enter('local:a', states.starting);
    backend.emit('vm.changed', { vm: machine('b') });
    backend.change(job('Making a', 'succeeded'));
    expect(status.vms.map((vm) => vm.name)).toEqual(['a', 'b']);
    expect(status.vm('local:a')).toMatchObject({ state: { phase: 'starting' } });
    expect(status.jobs.map((one) => one.state)).toEqual(['succeeded']);

    backend.emit('vm.removed', { id: 'local:a' });
    backend.emit('job.removed', { jobId: 'Making a' });
    expect(status.vms.map((vm) => vm.name)).toEqual(['b']);
    expect(status.jobs).toEqual([]);

    backend.emit('vms.replaced', { vms: [machine('c')] });
    expect(status.vms.map((vm) => vm.name)).toEqual(['c']);
  });

  it('lets what changes during the first listing win over the list', async () => {
    const backend = new TestBackend([machine('a')]);
    backend.answer('jobs.list', () => {
      backend.emit('vm.changed', { vm: machine('a', states.running) });
      backend.emit('vm.removed', { id: 'local:b' });
      return Promise.resolve([]);
    });
    backend.answer('vms.list', () => Promise.resolve([machine('a'), machine('b')]));
    using status = await Status.open(backend, never);
    expect(status.vms).toEqual([machine('a', states.running)]);
  });

  it('calls listeners after changes of machines and jobs only, until they leave', async () => {
    const backend = new TestBackend([machine('a')]);
    using status = await Status.open(backend, never);
    let calls = 0;
    const leave = status.onChange(() => (calls += 1));
    backend.enter('local:a', states.starting);
    backend.emit('notice', { error: new AppError('unexpected', 'Hm.').toInfo() });
    leave();
    backend.enter('local:a', states.running);
    expect(calls).toBe(1);
  });

  it('waits for a fact, and stops waiting when told to', async () => {
    const backend = new TestBackend([machine('a')]);
    using status = await Status.open(backend, never);
    const runs = status.until(() => (status.vm('local:a')?.kind === 'machine' ? 'there' : undefined), never);
    expect(await runs).toBe('there');
    const abort = new AbortController();
    const gone = status.until(() => (status.vm('local:a') === undefined ? true : undefined), abort.signal);
    abort.abort(new Error('Enough.'));
    await expect(gone).rejects.toThrow('Enough.');
    await expect(status.until(() => undefined, abort.signal)).rejects.toThrow('Enough.');
  });

  it('stops listening when it is disposed of, or never began', async () => {
    const backend = new TestBackend();
    const status = await Status.open(backend, never);
    expect(backend.listeners).toBe(1);
    status[Symbol.dispose]();
    expect(backend.listeners).toBe(0);
    backend.answer('vms.list', () => Promise.reject(new AppError('home-unavailable', 'The disk is not connected.')));
    await expect(Status.open(backend, never)).rejects.toMatchObject({ code: 'home-unavailable' });
    expect(backend.listeners).toBe(0);
  });
});
