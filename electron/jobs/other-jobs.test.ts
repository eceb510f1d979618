import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { type Job, jobSchema } from '../contract/job.ts';
import { FolderLock } from '../files/locks.ts';
import { Log } from '../host/log.ts';
import { OtherProgram } from '../library/testing/other-program.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { JobList } from './job-list.ts';
import { type JobChange } from './job-states.ts';
import type { JobSource, JobSpec } from './job-spec.ts';
import type { Work } from './work.ts';

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

/** Work that goes on until it is told to stop, each time it is begun. */
function endlessWork(more: Partial<JobSpec> = {}): { spec: JobSpec; works: Work[]; finish: () => void } {
  const works: Work[] = [];
  const end = Promise.withResolvers<undefined>();
  const run = async (work: Work): Promise<void> => {
    works.push(work);
    const stopped = new Promise<never>((_, reject) =>
      work.signal.addEventListener('abort', () => reject(AppError.from(work.signal.reason))),
    );
    await Promise.race([end.promise, stopped]);
  };
  const request = { procedure: 'images.pull', input: { reference: 'host/image' } };
  return {
    spec: { kind: 'pull', title: 'Pulling an image', canPause: true, request, run, ...more },
    works,
    finish: () => end.resolve(undefined),
  };
}

/** A job of one list, and another list that has seen it, with all that the other tells. */
async function twoLists(more: Partial<JobSpec> = {}) {
  const [owner, other] = [newList(), newList()];
  const work = endlessWork(more);
  const { id } = owner.start(work.spec);
  const heard: JobChange[] = [];
  other.onChange((change) => heard.push(change));
  await vi.waitFor(async () => expect(await other.list()).toMatchObject([{ id, elsewhere: true }]), patience);
  return { owner, other, id, work, heard };
}

const only = async (list: JobList): Promise<Job | undefined> => (await list.list())[0];

describe('the jobs of another Tatin', () => {
  it('are listed and told of as they move, within the contract, until they end', async () => {
    const { owner, other, id, work, heard } = await twoLists();
    const states = 'vvww';
    work.works[0]?.progress({ step: 'Fetching', bytesDone: 5, bytesTotal: 10, layers: { states, inFlight: {} } });
    await vi.waitFor(
      () =>
        expect(heard.at(-1)).toMatchObject({
          kind: 'changed',
          job: { id, state: 'running', step: 'Fetching', fraction: 0.5, layers: { states }, elsewhere: true },
        }),
      patience,
    );
    const job = await only(other);
    expect(jobSchema.parse(job)).toEqual(job);
    expect(await owner.list()).toMatchObject([{ id, state: 'running' }]);
    expect(await only(owner)).not.toHaveProperty('elsewhere');
    work.finish();
    await owner.withdraw(id);
    await vi.waitFor(() => expect(heard.at(-1)).toEqual({ kind: 'removed', jobId: id }), patience);
    expect(await other.list()).toEqual([]);
  });

  it('can be cancelled', async () => {
    const { owner, other, id } = await twoLists();
    await other.cancel(id);
    expect(await owner.ended(id)).toMatchObject({ state: 'cancelled' });
    await vi.waitFor(async () => expect(await other.list()).toEqual([]), patience);
  });

  it('can be paused and resumed', async () => {
    const { owner, other, id, work } = await twoLists();
    await other.pause(id);
    await vi.waitFor(async () => expect(await only(other)).toMatchObject({ id, state: 'paused' }), patience);
    expect(await only(owner)).toMatchObject({ id, state: 'paused' });
    await other.resume(id);
    await vi.waitFor(() => expect(work.works).toHaveLength(2), patience);
    await vi.waitFor(async () => expect(await only(other)).toMatchObject({ id, state: 'running' }), patience);
  });

  it('are not paused where that would lose their work, and not taken off the list', async () => {
    const { owner, other, id } = await twoLists({ canPause: false });
    await expect(other.pause(id)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(other.dismiss(id)).rejects.toMatchObject({ code: 'not-allowed' });
    await other.dismiss();
    expect(await only(owner)).toMatchObject({ id, state: 'running' });
    expect(await only(other)).toMatchObject({ id, state: 'running' });
  });

  it('become this one’s when their owner is killed, also while this one runs', async () => {
    await using program = OtherProgram.node(path.join(import.meta.dirname, 'testing/endless-job.ts'), journals);
    const id = await program.line();
    const list = newList();
    const heard: JobChange[] = [];
    list.onChange((change) => heard.push(change));
    expect(await list.list()).toMatchObject([{ id, state: 'running', elsewhere: true }]);
    program.kill();
    await vi.waitFor(
      () => expect(heard.at(-1)).toMatchObject({ kind: 'changed', job: { id, state: 'failed', canRetry: true } }),
      patience,
    );
    expect(await list.list()).toMatchObject([{ id, state: 'failed' }]);
    expect(heard.filter(({ kind }) => kind === 'removed')).toEqual([]);
    expect(readdirSync(journals)).toHaveLength(1);
    await list.dismiss(id);
    expect(await list.list()).toEqual([]);
  });

  it('go on here when their owner ends while they are paused', async () => {
    const { owner, other, id, heard } = await twoLists();
    await owner.pause(id);
    await owner.close();
    await vi.waitFor(() => expect(heard.at(-1)).toMatchObject({ job: { id, state: 'paused' } }), patience);
    await vi.waitFor(async () => expect(await only(other)).not.toHaveProperty('elsewhere'), patience);
    await expect(other.resume(id)).rejects.toThrow('Nobody asked for it.');
  });

  it('are history once they have ended: one Tatin keeps it, the first to start after their owner', async () => {
    const [owner, beside] = [newList(), newList()];
    await beside.list();
    const job = await owner.ended(owner.start(endlessWork({ run: () => Promise.resolve() }).spec).id);
    await owner.close();
    expect(await beside.list()).toEqual([]);
    expect(await newList().list()).toEqual([job]);
  });

  it('are those that can be read: another version may have written them', async () => {
    const own = path.join(journals, 'other');
    mkdirSync(own, { recursive: true });
    writeFileSync(path.join(own, 'new.json'), '{"job":{"id":"new","kind":"dance","state":"flying"}}');
    writeFileSync(path.join(own, 'torn.json'), '{"job":{"id":"torn"');
    using _living = FolderLock.tryAcquire(own);
    const list = newList();
    expect(await list.list()).toEqual([]);
    await expect(list.cancel('new')).rejects.toMatchObject({ code: 'job-not-found' });
    expect(readdirSync(own)).toEqual(['new.json', 'torn.json']);
  });

  it('move again once their journal can be written again, and work goes on meanwhile', async () => {
    const { other, id, work } = await twoLists();
    const [own = ''] = readdirSync(journals).filter((name) => readdirSync(path.join(journals, name)).length > 0);
    const report = (done: number): void => work.works[0]?.progress({ bytesDone: done, bytesTotal: 10 });
    const inTheWay = path.join(journals, own, `${id}.json`);
    rmSync(inTheWay);
    // A folder can't be replaced by a file, for root either.
    mkdirSync(inTheWay);
    report(1);
    const log = path.join(folder.path, 'tatin.log');
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('was not written'), patience);
    rmdirSync(inTheWay);
    report(2);
    await vi.waitFor(async () => expect(await only(other)).toMatchObject({ id, bytes: { done: 2 } }), patience);
  });

  it('are left alone by a Tatin that only does its own, as a command in a terminal', async () => {
    const dead = newList();
    await dead.ended(dead.start(endlessWork({ run: () => Promise.reject(new Error('no')) }).spec).id);
    await dead.close();
    const [left = ''] = readdirSync(journals);
    const command = newList();
    await command.withdraw(command.start(endlessWork({ run: () => Promise.resolve() }).spec).id);
    await command.close();
    expect(readdirSync(journals)).toEqual([left]);
  });
});
