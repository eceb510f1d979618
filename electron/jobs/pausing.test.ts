import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { jobSchema } from '../contract/job.ts';
import { Log } from '../host/log.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import type { Work } from './work.ts';
import { JobList } from './job-list.ts';
import type { JobSource, JobSpec } from './job-spec.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

let folder: ReturnType<typeof temporaryFolder>;
const open: JobList[] = [];
beforeEach(() => (folder = temporaryFolder()));
afterEach(async () => {
  for (const list of open.splice(0)) await list.close();
  folder[Symbol.dispose]();
});

/** Nothing here is done again. */
const noSource: JobSource = {
  prepare: () => Promise.reject(new Error('Nobody asked for it.')),
  abandon: () => undefined,
};

function newList(source: JobSource = noSource): JobList {
  const list = new JobList(path.join(folder.path, 'jobs'), new Log(folder.path), source);
  open.push(list);
  return list;
}

/** A fetch of ten pieces, one whenever the test says so, that goes on from what it has. */
class Fetch {
  fetched = 0;
  readonly works: Work[] = [];
  #next = Promise.withResolvers<undefined>();

  readonly spec: JobSpec = {
    kind: 'pull',
    title: 'Pulling an image',
    request: { procedure: 'images.pull', input: { reference: 'host/image' } },
    canPause: true,
    run: (work) => this.#run(work),
  };

  async #run(work: Work): Promise<void> {
    work.signal.throwIfAborted();
    this.works.push(work);
    const stopped = new Promise<never>((_, reject) =>
      work.signal.addEventListener('abort', () => reject(AppError.from(work.signal.reason))),
    );
    stopped.catch(() => undefined);
    while (this.fetched < 10) {
      const states = 'v'.repeat(this.fetched) + 'w'.repeat(10 - this.fetched);
      work.progress({ step: 'Fetching', bytesDone: this.fetched, bytesTotal: 10, layers: { states, inFlight: {} } });
      await Promise.race([this.#next.promise, stopped]);
    }
  }

  piece(): void {
    this.fetched++;
    this.#next.resolve(undefined);
    this.#next = Promise.withResolvers();
  }
}

async function begun(list: JobList, fetch: Fetch): Promise<string> {
  const job = list.start(fetch.spec);
  expect(job).toMatchObject({ state: 'running', canPause: true });
  await vi.waitFor(() => expect(fetch.works).toHaveLength(1), patience);
  return job.id;
}

const only = async (list: JobList) => (await list.list())[0];

describe('a job that can be held', () => {
  it('stops where it is, shows it, and goes on from there as the same job', async () => {
    const list = newList();
    const fetch = new Fetch();
    const id = await begun(list, fetch);
    fetch.piece();
    await vi.waitFor(async () => expect(await only(list)).toMatchObject({ bytes: { done: 1 } }), patience);
    await list.pause(id);
    const held = await only(list);
    expect(held).toMatchObject({
      state: 'paused',
      fraction: 0.1,
      layers: { states: 'vwwwwwwwww' },
    });
    for (const name of ['endedAt', 'bytesPerSecond', 'canPause', 'canRetry']) expect(held).not.toHaveProperty(name);
    expect(jobSchema.parse(held)).toEqual(held);
    await expect(list.dismiss(id)).rejects.toMatchObject({ code: 'not-allowed' });
    await list.resume(id);
    await vi.waitFor(() => expect(fetch.works).toHaveLength(2), patience);
    while (fetch.fetched < 10) {
      fetch.piece();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await list.ended(id)).toMatchObject({ id, state: 'succeeded' });
  });

  it('stays held in the next Tatin, which asks for it again', async () => {
    const first = newList();
    const id = await begun(first, new Fetch());
    await first.pause(id);
    await first.close();
    const fetch = new Fetch();
    const asked: unknown[] = [];
    const second = newList({
      ...noSource,
      prepare: (request) => {
        asked.push(request);
        return Promise.resolve(fetch.spec);
      },
    });
    expect(await only(second)).toMatchObject({ id, state: 'paused' });
    await second.resume(id);
    expect(asked).toEqual([fetch.spec.request]);
    expect(await second.list()).toMatchObject([{ state: 'running' }]);
  });

  it('is held, not failed, where Tatin was closed while it ran', async () => {
    const first = newList();
    const id = await begun(first, new Fetch());
    await first.close();
    expect(await only(newList())).toMatchObject({ id, state: 'paused', step: 'Paused when Tatin was closed' });
  });

  it('can be called off while it is held', async () => {
    const list = newList();
    const id = await begun(list, new Fetch());
    await list.pause(id);
    await list.cancel(id);
    expect(await only(list)).toMatchObject({ state: 'cancelled', canRetry: true });
    await expect(list.resume(id)).rejects.toMatchObject({ code: 'not-allowed' });
    await list.dismiss(id);
    expect(await list.list()).toEqual([]);
  });

  it('can no longer be held once only work of another kind is left', async () => {
    const list = newList();
    const left = Promise.withResolvers<undefined>();
    const { id } = list.start({
      ...new Fetch().spec,
      run: async (_work, askNext) => {
        askNext({ procedure: 'images.clone', input: {} });
        await left.promise;
      },
    });
    await vi.waitFor(
      async () => expect(await only(list)).toMatchObject({ state: 'running', canPause: false }),
      patience,
    );
    await expect(list.pause(id)).rejects.toMatchObject({ code: 'not-allowed' });
    left.resolve(undefined);
    await list.ended(id);
  });

  it('is called off for good by a cancel that comes while it stops', async () => {
    const list = newList();
    const id = await begun(list, new Fetch());
    await Promise.all([list.pause(id), list.cancel(id)]);
    expect(await only(list)).toMatchObject({ state: 'cancelled' });
  });
});

it('refuses to hold a job that would lose its work', async () => {
  const list = newList();
  const fetch = new Fetch();
  const { id } = list.start({ ...fetch.spec, canPause: false });
  await expect(list.pause(id)).rejects.toMatchObject({ code: 'not-allowed' });
  await expect(list.resume('none')).rejects.toMatchObject({ code: 'job-not-found' });
});
