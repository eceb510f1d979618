import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  events,
  procedures,
  type EventName,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
} from '../contract/contract.ts';
import type { Job } from '../contract/job.ts';
import { readAnnotations } from '../library/annotations.ts';
import { holdFcntl, OtherProgram } from '../library/testing/other-program.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { vmIdOf } from '../library/vm-id.ts';
import { openAllServices } from './open-services.ts';
import type { LoadedServices } from './services.ts';
import { FakeDriver } from './testing/fake-driver.ts';

const patience = { timeout: 20_000 };
let folder: ReturnType<typeof temporaryFolder>;
let driver: FakeDriver;
let services: LoadedServices;
const at = (...names: string[]): string => path.join(folder.path, ...names);

beforeEach(async () => {
  folder = temporaryFolder();
  vi.stubEnv('TATIN_STATE', at('state'));
  vi.stubEnv('TATIN_RUNTIME', at('run'));
  driver = new FakeDriver();
  services = await openAllServices({ home: at('home'), driver });
});
afterEach(async () => {
  await services[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

/** Asks as a transport does: input and output pass the contract. */
async function ask<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>> {
  // Name and input belong together, which a union of handlers can't say.
  const handler = services.backend.handlers[name] as (input: unknown, context: object) => Promise<unknown>;
  const output = await handler(procedures[name].input.parse(input), { signal: new AbortController().signal });
  return procedures[name].output.parse(output) as ProcedureOutput<N>;
}

async function ended(job: Job): Promise<Job> {
  const end = await services.jobs.ended(job.id);
  expect(end.state === 'failed' ? end.error : undefined).toBeUndefined();
  return end;
}

async function make(name: string): Promise<string> {
  await ended(await ask('vms.create', { name, source: { from: 'empty' }, diskBytes: 1_000_000 }));
  return vmIdOf(name);
}

describe('vms.create', () => {
  it('makes an empty machine as a job, with what was asked for', async () => {
    const job = await ask('vms.create', {
      name: 'a',
      source: { from: 'empty' },
      arch: 'arm64',
      cpuCount: 3,
      memoryBytes: 2 ** 30,
      diskBytes: 5_120_000,
      display: { width: 1440, height: 900 },
    });
    expect(job).toMatchObject({ kind: 'create', title: 'Making a', vmId: 'local:a', state: 'running' });
    expect(await ended(job)).toMatchObject({ state: 'succeeded' });
    expect(await ask('vms.get', { id: 'local:a' })).toMatchObject({
      arch: 'arm64',
      cpuCount: 3,
      memoryBytes: 2 ** 30,
      diskBytes: 5_120_000,
      display: { width: 1440, height: 900 },
      state: { phase: 'stopped' },
    });
    expect(driver.started).toEqual([]);
  });

  it('starts it if asked to, in the same job', async () => {
    const job = await ask('vms.create', { name: 'a', source: { from: 'empty' }, diskBytes: 1_000_000, start: true });
    expect(await ended(job)).toMatchObject({ state: 'succeeded' });
    expect((await ask('vms.get', { id: 'local:a' })) as object).toMatchObject({ state: { phase: 'running' } });
  });

  it('keeps an installer disc beside it, read only', async () => {
    writeFileSync(at('debian.iso'), 'a disc');
    await ended(await ask('vms.create', { name: 'a', source: { from: 'iso', isoPath: at('debian.iso') } }));
    const { extraDisks } = readAnnotations(services.library.home.vmFolder('a'));
    expect(extraDisks).toEqual([{ path: at('debian.iso'), readOnly: true }]);
  });

  it('refuses at once what can not be made', async () => {
    await make('taken');
    mkdirSync(at('folder.iso'));
    writeFileSync(at('empty.iso'), '');
    const refusals: [ProcedureInput<'vms.create'>, string][] = [
      [{ name: '../up', source: { from: 'empty' } }, 'name-not-allowed'],
      [{ name: 'taken', source: { from: 'empty' } }, 'vm-exists'],
      [{ name: 'a', source: { from: 'iso', isoPath: at('none.iso') } }, 'file-not-found'],
      [{ name: 'a', source: { from: 'iso', isoPath: at('folder.iso') } }, 'invalid-input'],
      [{ name: 'a', source: { from: 'iso', isoPath: at('empty.iso') } }, 'invalid-input'],
      [{ name: 'a', source: { from: 'iso', isoPath: 'relative.iso' } }, 'invalid-input'],
    ];
    for (const [input, code] of refusals)
      await expect(ask('vms.create', input), JSON.stringify(input)).rejects.toMatchObject({ code });
    expect(await ask('jobs.list', {})).toHaveLength(1);
  });

  it('can be called off while it starts', async () => {
    driver.gate = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const job = await ask('vms.create', { name: 'a', source: { from: 'empty' }, diskBytes: 1_000_000, start: true });
    await vi.waitFor(async () => expect((await ask('jobs.list', {}))[0]).toMatchObject({ step: 'Starting' }), patience);
    await ask('jobs.cancel', { jobId: job.id });
    expect(await services.jobs.ended(job.id)).toMatchObject({ state: 'cancelled', canRetry: true });
    // What was called off is the start; the machine was made by then, so the start is what can be tried again.
    expect(await ask('vms.list', {})).toMatchObject([{ name: 'a', state: { phase: 'stopped' } }]);
    driver.gate = () => Promise.resolve();
    expect(await ended(await ask('jobs.retry', { jobId: job.id }))).toMatchObject({
      kind: 'start',
      state: 'succeeded',
    });
  });
});

describe('the library behind the contract', () => {
  it('clones, renames, changes and deletes', async () => {
    const id = await make('a');
    const clone = await ask('vms.clone', { id, name: 'b' });
    expect(await ended(clone)).toMatchObject({ kind: 'clone', vmId: 'local:b', state: 'succeeded' });
    expect(await ask('vms.rename', { id: 'local:b', name: 'c' })).toMatchObject({ id: 'local:c', name: 'c' });
    expect(await ask('vms.configure', { id: 'local:c', cpuCount: 7, diskBytes: 2_048_000 })).toMatchObject({
      cpuCount: 7,
      diskBytes: 2_048_000,
    });
    const annotated = await ask('vms.annotate', { id: 'local:c', annotations: { tags: ['ci'], notes: 'mine' } });
    expect(annotated).toMatchObject({ annotations: { tags: ['ci'], notes: 'mine', portForwards: [] } });
    await ask('vms.delete', { id: 'local:c', permanently: true });
    expect((await ask('vms.list', {})).map(({ name }) => name)).toEqual(['a']);
  });

  it('says what is wrong with a name, and finds a better one', async () => {
    await make('web');
    expect((await ask('vms.checkName', { name: 'a/b' })).reason).toBeTypeOf('string');
    expect(await ask('vms.checkName', { name: 'fine' })).toEqual({});
    const { name } = await ask('vms.suggestName', { suggestion: 'web' });
    expect(name).not.toBe('web');
    expect(await ask('vms.checkName', { name })).toEqual({});
  });

  it('knows no machines of other places', async () => {
    for (const id of ['elsewhere:a', 'local:none', 'nonsense'])
      await expect(ask('vms.get', { id }), id).rejects.toMatchObject({ code: 'vm-not-found' });
  });

  it('will not delete what runs, here or elsewhere', async () => {
    const id = await make('a');
    const config = path.join(services.library.home.vmFolder('a'), 'config.json');
    await using holder = OtherProgram.python(holdFcntl, config);
    await holder.line();
    await expect(ask('vms.delete', { id, permanently: true })).rejects.toMatchObject({ code: 'vm-running' });
    expect(existsSync(config)).toBe(true);
  });

  it('does again what a job failed at, also after a restart', async () => {
    const id = await make('a');
    const config = path.join(services.library.home.vmFolder('a'), 'config.json');
    const holder = OtherProgram.python(holdFcntl, config);
    await holder.line();
    const job = await ask('vms.clone', { id, name: 'b' });
    expect(await services.jobs.ended(job.id)).toMatchObject({ state: 'failed', error: { code: 'vm-running' } });
    await holder[Symbol.asyncDispose]();
    await services[Symbol.asyncDispose]();
    services = await openAllServices({ home: at('home'), driver });
    // Of another home, it is not listed, and so can't be done there.
    await using elsewhere = await openAllServices({ home: at('other-home'), driver });
    expect(await elsewhere.jobs.list()).toEqual([]);
    const again = await ask('jobs.retry', { jobId: job.id });
    expect(await ended(again)).toMatchObject({ kind: 'clone', state: 'succeeded' });
    expect((await ask('jobs.list', {})).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    expect((await ask('vms.list', {})).map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe('machines behind the contract', () => {
  it('do what they are asked, and their rows say so', async () => {
    const id = await make('a');
    expect(await ask('machines.start', { id })).toMatchObject({ state: { phase: 'running' } });
    expect(await ask('machines.pause', { id })).toMatchObject({ state: { phase: 'paused' } });
    expect(await ask('machines.resume', { id })).toMatchObject({ state: { phase: 'running' } });
    expect(await ask('machines.usage', { id })).toMatchObject([{ cpuFraction: 0.5 }]);
    expect(await ask('machines.agent', { id })).toEqual({ available: true });
    expect(await ask('machines.exec', { id, command: ['echo', 'a b'] })).toEqual({
      exitCode: 0,
      stdout: 'echo a b',
      stderr: '',
    });
    await expect(ask('machines.address', { id })).rejects.toMatchObject({ code: 'no-address' });
    expect(await ask('vms.picture', { id, maxWidth: 64 })).toMatchObject({ width: 64 });
    expect(await ask('machines.forceStop', { id })).toMatchObject({ state: { phase: 'stopped' } });
    expect(await ask('machines.agent', { id })).toMatchObject({ available: false });
  });

  it('go on starting when the page that asked goes away', async () => {
    const id = await make('a');
    const gate = Promise.withResolvers<undefined>();
    driver.gate = async (signal) => {
      await gate.promise;
      signal.throwIfAborted();
    };
    const page = new AbortController();
    const reply = services.backend.handlers['machines.start']({ id }, { signal: page.signal });
    page.abort();
    gate.resolve(undefined);
    expect(await reply).toMatchObject({ state: { phase: 'running' } });
  });

  it('refuse more output than a reply can carry', async () => {
    const id = await make('a');
    await ask('machines.start', { id });
    const agent = driver.started[0]?.agent;
    if (agent === undefined) throw new Error('not started');
    agent.exec = (_command, output) => {
      for (let piece = 0; piece < 9; piece++) output.stdout(Buffer.alloc(2 ** 20, 'x'));
      return Promise.resolve(0);
    };
    await expect(ask('machines.exec', { id, command: ['yes'] })).rejects.toMatchObject({ code: 'not-supported' });
  });

  it('have channels only while they run', async () => {
    const id = await make('a');
    const { signal } = new AbortController();
    const open = (): Promise<unknown> => services.backend.openChannel('serial', { id }, signal);
    await expect(open()).rejects.toMatchObject({ code: 'vm-not-running' });
    await ask('machines.start', { id });
    const channel = await services.backend.openChannel('console', { id }, signal);
    const back = Promise.withResolvers<Uint8Array>();
    channel.onData(back.resolve);
    await channel.send(Buffer.from('RFB 003.008\n'));
    expect(Buffer.from(await back.promise).toString()).toBe('RFB 003.008\n');
    const closed = Promise.withResolvers<string | undefined>();
    channel.onClose(closed.resolve);
    channel.close();
    expect(await closed.promise).toBeUndefined();
  });
});

describe('host', () => {
  it('is shown with what it can run and what is left', async () => {
    expect(await ask('host.get', {})).toMatchObject({ home: { path: at('home') }, guests: await driver.guests() });
  });

  it('logs errors that a page met', async () => {
    await ask('host.reportPageError', { text: '/: Error: a stray listener' });
    expect(readFileSync(services.log.file, 'utf8')).toContain('error [');
    expect(readFileSync(services.log.file, 'utf8')).toContain('A page met an error: /: Error: a stray listener');
  });

  it('shows folders for the file chooser', async () => {
    writeFileSync(at('x.iso'), '12');
    writeFileSync(at('y.txt'), '');
    const { entries } = await ask('host.listFolder', { path: folder.path, extensions: ['.iso'] });
    expect(entries.map(({ name }) => name)).toEqual(['home', 'x.iso'].filter((name) => existsSync(at(name))));
  });
});

describe('events', () => {
  it('tell of machines and jobs within the contract, until nobody listens', async () => {
    const told: EventName[] = [];
    const off = services.backend.subscribe((name, payload) => {
      expect(events[name].parse(payload)).toEqual(payload);
      told.push(name);
    });
    const id = await make('a');
    await vi.waitFor(() => expect(told).toContain('vm.changed'), patience);
    expect(told).toContain('vms.replaced');
    expect(told).toContain('job.changed');
    await vi.waitFor(() => expect(told).toContain('host.changed'), patience);
    await ask('vms.delete', { id, permanently: true });
    await vi.waitFor(() => expect(told).toContain('vm.removed'), patience);
    await ask('jobs.dismiss', {});
    expect(told).toContain('job.removed');
    off();
    told.length = 0;
    await make('b');
    expect(told).toEqual([]);
  });
});

describe('the log', () => {
  it('holds what nobody expected, and nothing of what the user was told', async () => {
    await expect(ask('vms.get', { id: 'local:none' })).rejects.toThrow();
    expect(existsSync(services.log.file)).toBe(false);
    const id = await make('a');
    await ask('machines.start', { id });
    vi.spyOn(driver.started[0]!, 'usage').mockRejectedValue(new Error('a fault of ours'));
    await expect(ask('machines.usage', { id })).rejects.toThrow();
    expect(readFileSync(services.log.file, 'utf8')).toContain('machines.usage failed: Error: a fault of ours');
    expect(statSync(services.log.file).mode & 0o077).toBe(0);
  });
});
