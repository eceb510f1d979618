import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { type Job, jobSchema } from '../contract/job.ts';
import { Log } from '../host/log.ts';
import { OtherProgram } from '../library/testing/other-program.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import type { Work } from './work.ts';
import { JobList } from './job-list.ts';
import { type JobChange } from './job-states.ts';
import type { JobSource, JobSpec } from './job-spec.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

let folder: ReturnType<typeof temporaryFolder>;
let journals: string;
const open: JobList[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  journals = path.join(folder.path, 'jobs');
});
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
  const list = new JobList(journals, new Log(folder.path), source);
  open.push(list);
  return list;
}

/** Keeps what was asked, and has it succeed at once. */
function repeating(asked: unknown[]): JobSource['prepare'] {
  return (request) => {
    asked.push(request);
    return Promise.resolve(spec(() => Promise.resolve()));
  };
}

/** Work that goes on until the test says so. */
function heldWork(): { run: JobSpec['run']; work: Promise<Work>; finish: () => void; fail: (error: Error) => void } {
  const begun = Promise.withResolvers<Work>();
  const end = Promise.withResolvers<undefined>();
  const run = async (work: Work): Promise<void> => {
    begun.resolve(work);
    const aborted = new Promise<never>((_, reject) =>
      work.signal.addEventListener('abort', () => reject(AppError.from(work.signal.reason))),
    );
    await Promise.race([end.promise, aborted]);
  };
  return { run, work: begun.promise, finish: () => end.resolve(undefined), fail: end.reject };
}

const request = { procedure: 'vms.clone', input: { id: 'local:a', name: 'b' } };
const spec = (run: JobSpec['run'], more: Partial<JobSpec> = {}): JobSpec => ({
  kind: 'clone',
  title: 'Duplicating a',
  request,
  run,
  ...more,
});

function heard(list: JobList): JobChange[] {
  const changes: JobChange[] = [];
  list.onChange((change) => changes.push(change));
  return changes;
}

const files = (): string[] => readdirSync(journals, { recursive: true, encoding: 'utf8' }).sort();

describe('JobList', () => {
  it('runs work and tells how far it is until the end, within the contract', async () => {
    const list = newList();
    const changes = heard(list);
    const held = heldWork();
    const { id } = list.start(spec(held.run));
    (await held.work).progress({ step: 'Copying', bytesDone: 5, bytesTotal: 10 });
    await vi.waitFor(
      () =>
        expect(changes.at(-1)).toMatchObject({
          job: { step: 'Copying', fraction: 0.5, bytes: { done: 5, total: 10 } },
        }),
      patience,
    );
    held.finish();
    const job = await list.ended(id);
    expect(job).toEqual({
      id,
      kind: 'clone',
      title: job.title,
      state: 'succeeded',
      createdAt: job.createdAt,
      endedAt: expect.any(String) as string,
    });
    expect(jobSchema.parse(job)).toEqual(job);
    expect(changes.map((change) => change.kind === 'changed' && change.job.state)).toEqual([
      'running',
      'running',
      'succeeded',
    ]);
  });

  it('folds a flood of reports into few changes and loses none of the last', async () => {
    const list = newList();
    const changes = heard(list);
    const held = heldWork();
    const { id } = list.start(spec(held.run));
    const work = await held.work;
    for (let index = 1; index <= 10_000; index++) work.progress({ bytesDone: index, bytesTotal: 10_000 });
    await vi.waitFor(() => expect(changes.at(-1)).toMatchObject({ job: { bytes: { done: 10_000 } } }), patience);
    expect(changes.length).toBeLessThan(10);
    held.finish();
    await list.ended(id);
  });

  it('keeps the reason of a failure, and offers to try again what it knows how to ask', async () => {
    const list = newList();
    const failing = (): Promise<void> => Promise.reject(new AppError('no-space', 'The disk is full.', { hint: 'x' }));
    const known = await list.ended(list.start(spec(failing)).id);
    expect(known).toMatchObject({ state: 'failed', canRetry: true, error: { code: 'no-space', hint: 'x' } });
    const { request: _none, ...without } = spec(failing);
    expect(await list.ended(list.start(without).id)).toMatchObject({ state: 'failed', canRetry: false });
    await expect(list.retry((await list.list())[0]!.id)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('calls work off, and waits for it to clean up', async () => {
    const list = newList();
    const held = heldWork();
    let cleaned = false;
    const { id } = list.start(
      spec(async (work) => {
        try {
          await held.run(work, () => undefined);
        } finally {
          await Promise.resolve();
          cleaned = true;
        }
      }),
    );
    await held.work;
    await list.cancel(id);
    expect(await list.ended(id)).toMatchObject({ state: 'cancelled', canRetry: true });
    expect(cleaned).toBe(true);
    await list.cancel(id);
    await expect(list.cancel('none')).rejects.toMatchObject({ code: 'job-not-found' });
  });

  it('does a job again in the place of the one that failed', async () => {
    const asked: unknown[] = [];
    const list = newList({ ...noSource, prepare: repeating(asked) });
    const failed = await list.ended(list.start(spec(() => Promise.reject(new Error('no')))).id);
    const again = await list.retry(failed.id);
    await list.ended(again.id);
    expect(asked).toEqual([request]);
    expect((await list.list()).map(({ id }) => id)).toEqual([again.id]);
    await expect(list.retry(again.id)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('takes ended jobs off the list and the disk, and leaves those that run', async () => {
    const list = newList();
    const changes = heard(list);
    const held = heldWork();
    const running = list.start(spec(held.run));
    await held.work;
    const one = await list.ended(list.start(spec(() => Promise.resolve())).id);
    const two = await list.ended(list.start(spec(() => Promise.resolve())).id);
    await expect(list.dismiss(running.id)).rejects.toMatchObject({ code: 'not-allowed' });
    await list.dismiss(one.id);
    expect(changes.at(-1)).toEqual({ kind: 'removed', jobId: one.id });
    await list.dismiss();
    expect((await list.list()).map(({ id }) => id)).toEqual([running.id]);
    expect(files().join()).not.toContain(two.id);
    held.finish();
  });

  it('keeps the last hundred that ended', async () => {
    const list = newList();
    const ids: string[] = [];
    for (let index = 0; index < 103; index++)
      ids.push((await list.ended(list.start(spec(() => Promise.resolve())).id)).id);
    expect(new Set((await list.list()).map(({ id }) => id))).toEqual(new Set(ids.slice(3)));
  });

  it('works where no journal can be kept', async () => {
    writeFileSync(journals, 'in the way');
    const list = newList();
    const job = await list.ended(list.start(spec(() => Promise.resolve())).id);
    expect(job.state).toBe('succeeded');
    expect(await list.list()).toHaveLength(1);
    await list.dismiss();
    expect(await list.list()).toEqual([]);
  });

  it('goes on when the journal goes away under it', async () => {
    const list = newList();
    await list.ended(list.start(spec(() => Promise.resolve())).id);
    rmSync(journals, { recursive: true });
    expect((await list.ended(list.start(spec(() => Promise.resolve())).id)).state).toBe('succeeded');
  });
});

describe('the journal of a JobList', () => {
  it('is left alone until it is needed', async () => {
    await newList().close();
    expect(existsSync(journals)).toBe(false);
  });

  it('brings ended jobs back after a restart, and lets them be tried again', async () => {
    const first = newList();
    const failed = await first.ended(first.start(spec(() => Promise.reject(new Error('no')))).id);
    const done = await first.ended(first.start(spec(() => Promise.resolve())).id);
    await first.close();
    const asked: unknown[] = [];
    const second = newList({ ...noSource, prepare: repeating(asked) });
    const jobs = await second.list();
    expect(new Map(jobs.map((job) => [job.id, job]))).toEqual(
      new Map([failed, done].map((job): [string, Job] => [job.id, job])),
    );
    await second.retry(failed.id);
    expect(asked).toEqual([request]);
  });

  it('says of jobs that were cut off by a proper end that Tatin was closed', async () => {
    const first = newList();
    const held = heldWork();
    const { id } = first.start(spec(held.run));
    await held.work;
    await first.close();
    const [job] = await newList().list();
    const error = { code: 'cancelled', message: expect.stringContaining('Tatin was closed') as string };
    expect(job).toMatchObject({ id, state: 'failed', canRetry: true, error });
  });

  it('says the same of jobs of a Tatin that was killed, and not before it is dead', async () => {
    await using other = OtherProgram.node(path.join(import.meta.dirname, 'testing/endless-job.ts'), journals);
    const id = await other.line();
    const beside = newList();
    expect(await beside.list()).toMatchObject([{ id, state: 'running', elsewhere: true }]);
    await beside.close();
    other.kill();
    await other.ended();
    const after = newList();
    const [job, ...rest] = await after.list();
    expect(rest).toEqual([]);
    expect(job).toMatchObject({ id, state: 'failed', canRetry: true });
    expect(job).not.toHaveProperty('secondsLeft');
    await after.close();
    // Once taken over it is as any other that ended.
    expect((await newList().list())[0]).toEqual(job);
  });

  it('reads what a killed take-over left in two places once, and leaves what is no journal out', async () => {
    const first = newList();
    const job = await first.ended(first.start(spec(() => Promise.resolve())).id);
    await first.close();
    const [own] = readdirSync(journals);
    const copy = path.join(journals, 'copy');
    mkdirSync(copy);
    writeFileSync(path.join(copy, `${job.id}.json`), readFileSync(path.join(journals, own!, `${job.id}.json`)));
    writeFileSync(path.join(copy, 'torn.json'), '{"job":{"id":"x"');
    writeFileSync(path.join(copy, 'foreign.json'), '{"job":{"id":"x"}}');
    writeFileSync(path.join(journals, 'stray'), 'not a folder');
    expect(await newList().list()).toEqual([job]);
  });

  it('serves two Tatins that start at once, each with jobs of its own', async () => {
    const lists = Array.from({ length: 8 }, newList);
    const jobs = await Promise.all(lists.map((list) => list.ended(list.start(spec(() => Promise.resolve())).id)));
    for (const [index, list] of lists.entries()) expect(await list.list()).toEqual([jobs[index]]);
  });
});
