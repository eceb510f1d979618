import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, ProcedureName } from '../contract/contract.ts';
import type { Job } from '../contract/job.ts';
import { Library } from '../library/library.ts';
import { layDownVm } from '../library/testing/temporary-home.ts';
import { openAllServices } from '../operations/open-services.ts';
import { FakeDriver } from '../operations/testing/fake-driver.ts';
import { type FaultProxy, ofBlobs, startFaultProxy } from '../registry/client/testing/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../registry/client/testing/registry.ts';
import { TatinHome } from './testing/tatin.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 60_000, interval: 50 };
const megabyte = 1_000_000;
const image = 'team/web:1';
const disk = randomBytes(24 * megabyte);

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  using home = new TatinHome();
  writeFileSync(path.join(layDownVm(await Library.open(home.path), 'web'), 'disk.img'), disk);
  expect(await home.run(['push', 'web', `${registry.host}/${image}`, '--insecure'])).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A Tatin that stays, as windows and browsers ask it, and a command in a terminal that pulls the image meanwhile. */
class Scene implements AsyncDisposable {
  readonly home = new TatinHome();
  readonly events: (Job | 'removed')[] = [];
  readonly #stack = new AsyncDisposableStack();
  proxy!: FaultProxy;
  backend!: Backend;
  pull!: ChildProcess;
  closed!: Promise<unknown>;
  err = '';

  static async open(fault: Parameters<FaultProxy['plan']>[0][number]['fault']): Promise<Scene> {
    const scene = new Scene();
    scene.#stack.use(scene.home);
    for (const name of ['TATIN_STATE', 'TATIN_RUNTIME', 'TATIN_CACHE'])
      vi.stubEnv(name, scene.home.environment[name] ?? '');
    scene.proxy = scene.#stack.use(await startFaultProxy(registry.url, [{ when: ofBlobs, fault }]));
    const services = scene.#stack.use(await openAllServices({ home: scene.home.path, driver: new FakeDriver() }));
    scene.backend = services.backend;
    const off = scene.backend.subscribe((name, payload) => {
      if (name === 'job.changed' && 'job' in payload) scene.events.push(payload.job);
      if (name === 'job.removed') scene.events.push('removed');
    });
    scene.#stack.defer(off);
    expect(await scene.jobs()).toEqual([]);
    scene.pull = scene.home.start(['pull', scene.reference, '--insecure']);
    scene.closed = once(scene.pull, 'close');
    scene.pull.stderr?.on('data', (bytes: Buffer) => (scene.err += bytes.toString()));
    scene.#stack.defer(() => void scene.pull.kill('SIGKILL'));
    return scene;
  }

  get reference(): string {
    return `${this.proxy.host}/${image}`;
  }

  async jobs(): Promise<Job[]> {
    return await this.backend.handlers['jobs.list']({}, { signal: new AbortController().signal });
  }

  async ask(name: Extract<ProcedureName, 'jobs.cancel' | 'jobs.pause' | 'jobs.resume'>, job: Job): Promise<void> {
    await this.backend.handlers[name]({ jobId: job.id }, { signal: new AbortController().signal });
  }

  /** The job once some of the image has come. */
  async moving(): Promise<Job> {
    return await vi.waitFor(async () => {
      const [job] = await this.jobs();
      if (job === undefined) throw new Error('There is no job.');
      expect(job).toMatchObject({ kind: 'pull', state: 'running', canPause: true, elsewhere: true });
      expect(job).toHaveProperty(
        'bytes.done',
        expect.toSatisfy((done: number) => done > megabyte),
      );
      return job;
    }, patience);
  }

  /** The job once it is paused and this Tatin's own. */
  async taken(): Promise<Job> {
    return await vi.waitFor(async () => {
      const [job] = await this.jobs();
      if (job === undefined) throw new Error('There is no job.');
      expect(job).toMatchObject({ kind: 'pull', state: 'paused' });
      expect(job).not.toHaveProperty('elsewhere');
      return job;
    }, patience);
  }

  /** Resumes the job in this Tatin and compares what it fetched. */
  async finish(job: Job): Promise<void> {
    this.proxy.plan([]);
    await this.ask('jobs.resume', job);
    await vi.waitFor(async () => expect(await this.jobs()).toMatchObject([{ state: 'succeeded' }]), patience);
    const ranges = this.proxy.requests.filter(ofBlobs).map(({ headers }) => headers.range);
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-/);
    expect(await this.home.run(['clone', this.reference, 'copy'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(path.join(this.home.vms, 'copy/disk.img')).equals(disk)).toBe(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

const stalling = { kind: 'stall', afterBytes: 12 * megabyte } as const;

describe('a pull in a terminal, as windows see it', () => {
  it('moves, and is gone when the command has ended', async () => {
    await using scene = await Scene.open({ kind: 'trickle', pieceBytes: 200_000, pauseMs: 40 });
    await scene.closed;
    expect(scene.pull.exitCode).toBe(0);
    await vi.waitFor(() => expect(scene.events.at(-1)).toBe('removed'), patience);
    expect(await scene.jobs()).toEqual([]);
    const fractions = scene.events.map((job) =>
      job !== 'removed' && job.state === 'running' ? job.fraction : undefined,
    );
    const known = fractions.filter((fraction) => fraction !== undefined);
    expect(known.filter((fraction) => fraction > 0 && fraction < 1).length).toBeGreaterThan(1);
    expect(known).toEqual(known.toSorted((a, b) => a - b));
  });

  it('is paused when the terminal is killed, and goes on there', async () => {
    await using scene = await Scene.open(stalling);
    const { id } = await scene.moving();
    scene.pull.kill('SIGKILL');
    const job = await scene.taken();
    expect(job).toMatchObject({ id, step: 'Paused when Tatin was closed' });
    expect(scene.events).not.toContain('removed');
    await scene.finish(job);
  });

  it('can be paused there, which ends the command, and goes on there', async () => {
    await using scene = await Scene.open(stalling);
    await scene.ask('jobs.pause', await scene.moving());
    await scene.closed;
    expect(scene.pull.exitCode).toBe(1);
    expect(scene.err).toContain('Paused');
    await scene.finish(await scene.taken());
  });

  it('can be cancelled there, which ends the command', async () => {
    await using scene = await Scene.open(stalling);
    await scene.ask('jobs.cancel', await scene.moving());
    await scene.closed;
    expect(scene.pull.exitCode).toBe(1);
    expect(scene.err).toContain('Cancelled');
    await vi.waitFor(async () => expect(await scene.jobs()).toEqual([]), patience);
  });
});
