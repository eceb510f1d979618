import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { endMachines, saveMachines } from './end-machines.ts';
import { Status } from './status.ts';
import { machine, states, TestBackend } from './testing/fixtures.ts';

const never = new AbortController().signal;

async function world(...vms: Parameters<typeof machine>[]) {
  const backend = new TestBackend(vms.map((vm) => machine(...vm)));
  const status = await Status.open(backend, never);
  backend.requests.length = 0;
  backend.answer('machines.suspend', ({ id }) => Promise.resolve(backend.enter(id, states.suspended)));
  backend.answer('machines.shutDown', ({ id }) => Promise.resolve(backend.enter(id, states.stopping)));
  backend.answer('machines.resume', ({ id }) => Promise.resolve(backend.enter(id, states.running)));
  return { backend, status, parts: { status, handlers: backend.handlers } };
}

describe('endMachines', () => {
  it('suspends what runs and what is paused', async () => {
    const { backend, parts } = await world(['a', states.running], ['b', states.paused]);
    await endMachines(['local:a', 'local:b'], 'suspend', parts, never);
    expect(backend.requests).toEqual(['machines.suspend local:a', 'machines.suspend local:b']);
  });

  it('resumes a paused machine so that its guest can hear the request, and waits until it has stopped', async () => {
    const { backend, parts } = await world(['a', states.paused]);
    let ended = false;
    const ending = endMachines(['local:a'], 'shutDown', parts, never).then(() => (ended = true));
    await parts.status.until(() => (backend.requests.length === 2 ? true : undefined), never);
    expect(backend.requests).toEqual(['machines.resume local:a', 'machines.shutDown local:a']);
    expect(ended).toBe(false);
    backend.enter('local:a', states.stopped);
    await ending;
  });

  it('waits for a machine between two states before it asks anything of it', async () => {
    const { backend, parts } = await world(['a', states.starting]);
    const ending = endMachines(['local:a'], 'suspend', parts, never);
    await Promise.resolve();
    expect(backend.requests).toEqual([]);
    backend.enter('local:a', states.running);
    await ending;
    expect(backend.requests).toEqual(['machines.suspend local:a']);
  });

  it('takes a machine that ended by itself, or is gone, for ended', async () => {
    const { backend, parts } = await world(['a', states.running]);
    backend.answer('machines.suspend', ({ id }) => {
      backend.enter(id, states.stopped);
      return Promise.reject(new AppError('vm-not-running', 'It does not run.'));
    });
    await endMachines(['local:a', 'local:gone'], 'suspend', parts, never);
  });

  it('throws what went wrong', async () => {
    const { backend, parts } = await world(['a', states.running]);
    backend.answer('machines.suspend', () => Promise.reject(new AppError('no-space', 'The disk is full.')));
    await expect(endMachines(['local:a'], 'suspend', parts, never)).rejects.toMatchObject({ code: 'no-space' });
  });

  it('stops waiting when it is told to', async () => {
    const { parts } = await world(['a', states.running]);
    const abort = new AbortController();
    const ending = endMachines(['local:a'], 'shutDown', parts, abort.signal);
    abort.abort(new Error('Rather stay.'));
    await expect(ending).rejects.toThrow('Rather stay.');
  });
});

describe('saveMachines', () => {
  it('shuts down what can’t be suspended, and says what would do neither', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const { backend, parts } = await world(
      ['mac', states.running],
      ['linux', states.running],
      ['deaf', states.running],
    );
    backend.answer('machines.suspend', ({ id }) =>
      id === 'local:mac'
        ? Promise.resolve(backend.enter(id, states.suspended))
        : Promise.reject(new AppError('suspend-failed', 'It can’t be suspended.')),
    );
    backend.answer('machines.shutDown', ({ id }) =>
      id === 'local:linux'
        ? Promise.resolve(backend.enter(id, states.stopped))
        : Promise.reject(new AppError('state-not-allowed', 'It does not listen.')),
    );
    expect(await saveMachines(['local:mac', 'local:linux', 'local:deaf'], parts, never)).toEqual(['local:deaf']);
    expect(backend.requests.toSorted()).toEqual([
      'machines.shutDown local:deaf',
      'machines.shutDown local:linux',
      'machines.suspend local:deaf',
      'machines.suspend local:linux',
      'machines.suspend local:mac',
    ]);
    expect(said).toHaveBeenCalledTimes(3);
    said.mockRestore();
  });

  it('waits no longer than it is given', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const { parts } = await world(['a', states.starting]);
    expect(await saveMachines(['local:a'], parts, AbortSignal.abort())).toEqual(['local:a']);
    said.mockRestore();
  });
});
