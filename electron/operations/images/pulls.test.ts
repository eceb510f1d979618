import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isOpen } from '../../contract/job.ts';
import { layDownVm, quietWork, temporaryLibrary } from '../../library/testing/temporary-home.ts';
import { onVolume } from '../../library/testing/volume.ts';
import { readAnnotations } from '../../library/annotations.ts';
import { layDownImage } from '../../registry/cache/testing/cached-image.ts';
import { ofBlobs, startFaultProxy } from '../../registry/client/testing/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../../registry/client/testing/registry.ts';
import { describe as describeImage } from './image-facts.ts';
import { pull } from './pull.ts';
import { ServicesLab } from '../testing/services-lab.ts';

const patience = { timeout: 60_000, interval: 50 };
const megabyte = 1_000_000;
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
});

/** Pushes a VM of `bytes` that can't be packed from a home of its own; gives them. */
async function pushed(name: string, bytes: number): Promise<Buffer> {
  await using lab = await ServicesLab.open();
  const disk = randomBytes(bytes);
  writeFileSync(path.join(layDownVm(lab.services.library, 'web'), 'disk.img'), disk);
  const references = [`${registry.host}/${name}:1`, `${registry.host}/${name}:2`];
  const job = await lab.ask('images.push', {
    source: { from: 'vm', id: 'local:web' },
    references,
    labels: { 'org.example': 'yes' },
    insecure: true,
  });
  expect(job).toMatchObject({ kind: 'push', title: 'Pushing web to 2 names', vmId: 'local:web', canPause: true });
  expect(await lab.done(job)).toMatchObject({ state: 'succeeded' });
  return disk;
}

describe('images.pull', () => {
  it('brings an image, makes a machine of it and starts that, as one job; before, it says what it will do', async () => {
    const disk = await pushed('team/web', 2 * megabyte);
    await using lab = await ServicesLab.open();
    const reference = `${registry.host}/team/web:1`;
    const description = await lab.ask('images.describe', { reference, insecure: true });
    expect(description).toMatchObject({
      reference,
      os: 'linux',
      arch: 'arm64',
      diskBytes: 2 * megabyte,
      hereBytes: 0,
      layerCount: 1,
      state: 'new',
      labels: { 'org.example': 'yes' },
    });
    const { tags } = await lab.ask('images.tags', { repository: `${registry.host}/team/web`, insecure: true });
    expect(tags).toEqual(['1', '2']);
    const fractions: number[] = [];
    lab.services.jobs.onChange((change) => {
      if (change.kind === 'changed' && isOpen(change.job)) fractions.push(change.job.fraction ?? 0);
    });
    const job = await lab.ask('images.pull', { reference, insecure: true, machine: { name: 'mine', start: true } });
    expect(job).toMatchObject({ kind: 'pull', vmId: 'local:mine', canPause: true });
    expect(await lab.done(job)).toMatchObject({ state: 'succeeded' });
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(await lab.ask('vms.get', { id: 'local:mine' })).toMatchObject({ state: { phase: 'running' } });
    const folder = lab.services.library.home.vmFolder('mine');
    expect(readFileSync(path.join(folder, 'disk.img')).equals(disk)).toBe(true);
    expect(readAnnotations(folder).image).toBe(`${registry.host}/team/web@${description.digest}`);
    expect(await lab.ask('images.list', {})).toMatchObject([{ tags: ['1'], usedBy: ['local:mine'] }]);
    expect(await lab.ask('images.describe', { reference, insecure: true })).toMatchObject({
      state: 'cached',
      shortBytes: 0,
    });
  });

  it('can be held with what has come, across a restart, and goes on from there', async () => {
    const disk = await pushed('team/held', 24 * megabyte);
    await using proxy = await startFaultProxy(registry.url);
    proxy.plan([{ when: ofBlobs, fault: { kind: 'stall', afterBytes: 16 * megabyte } }]);
    await using lab = await ServicesLab.open();
    const reference = `${proxy.host}/team/held:1`;
    const job = await lab.ask('images.pull', { reference, insecure: true, machine: { name: 'mine' } });
    const row = async () => (await lab.ask('jobs.list', {})).filter(isOpen).find(({ kind }) => kind === 'pull');
    await vi.waitFor(async () => expect((await row())?.bytes?.done).toBeGreaterThan(6 * megabyte), patience);
    expect((await row())?.layers).toMatchObject({ states: 'f', inFlight: { 0: expect.any(Number) as number } });
    await lab.ask('jobs.pause', { jobId: job.id });
    expect(await row()).toMatchObject({ id: job.id, state: 'paused', layers: { states: 'f' } });
    await lab.restart();
    expect(await row()).toMatchObject({ id: job.id, state: 'paused' });
    expect(await lab.ask('images.describe', { reference, insecure: true })).toMatchObject({ state: 'partial' });
    proxy.plan([]);
    await lab.ask('jobs.resume', { jobId: job.id });
    const ended = async () => (await lab.ask('jobs.list', {})).find(({ kind }) => kind === 'pull');
    await vi.waitFor(async () => expect(await ended()).toMatchObject({ state: 'succeeded' }), patience);
    const again = proxy.requests.filter(ofBlobs).at(-1)?.headers.range;
    expect(Number(/^bytes=(\d+)-/.exec(again ?? '')?.[1])).toBeGreaterThan(8 * megabyte);
    const made = path.join(lab.services.library.home.vmFolder('mine'), 'disk.img');
    expect(readFileSync(made).equals(disk)).toBe(true);
  });

  it('waits for another pull of the same image, and then finds it there', async () => {
    await pushed('team/twice', 24 * megabyte);
    await using proxy = await startFaultProxy(registry.url);
    proxy.plan([{ when: ofBlobs, fault: { kind: 'stall', afterBytes: 16 * megabyte } }]);
    await using lab = await ServicesLab.open();
    const pull = (tag: string) =>
      lab.ask('images.pull', { reference: `${proxy.host}/team/twice:${tag}`, insecure: true });
    const first = await pull('1');
    const row = async (id: string) => (await lab.ask('jobs.list', {})).filter(isOpen).find((job) => job.id === id);
    await vi.waitFor(async () => expect((await row(first.id))?.bytes?.done).toBeGreaterThan(6 * megabyte), patience);
    const second = await pull('2');
    await vi.waitFor(
      async () =>
        expect(await row(second.id)).toMatchObject({
          step: expect.stringContaining('Waiting for another pull') as string,
        }),
      patience,
    );
    proxy.plan([]);
    await lab.ask('jobs.pause', { jobId: first.id });
    await lab.ask('jobs.resume', { jobId: first.id });
    await lab.done(first);
    await lab.done(second);
    expect(await lab.ask('images.list', {})).toMatchObject([{ tags: ['1', '2'] }]);
  });

  it('can be tried again after a failure, and is refused at once where the name can not be', async () => {
    await pushed('team/flaky', megabyte);
    await using proxy = await startFaultProxy(registry.url);
    proxy.plan([{ when: ofBlobs, fault: { kind: 'status', status: 404 } }]);
    await using lab = await ServicesLab.open();
    const job = await lab.ask('images.pull', { reference: `${proxy.host}/team/flaky:1`, insecure: true });
    expect(await lab.services.jobs.ended(job.id)).toMatchObject({ state: 'failed', canRetry: true });
    proxy.plan([]);
    expect(await lab.done(await lab.ask('jobs.retry', { jobId: job.id }))).toMatchObject({ state: 'succeeded' });
    const pull = (reference: string) => lab.ask('images.pull', { reference, insecure: true });
    await expect(pull('no-slash')).rejects.toMatchObject({ code: 'reference-not-allowed' });
    await expect(pull('host/a/../b')).rejects.toMatchObject({ code: 'reference-not-allowed' });
  });
});

describe('images.describe', () => {
  it('names what a pull will prune for its room, and the pull prunes that', async (context) => {
    await pushed('team/large', 12 * megabyte);
    await onVolume(context, 'tmpfs', 200 * megabyte, async (mountPoint) => {
      using here = await temporaryLibrary(mountPoint);
      const { library } = here;
      const reference = `${registry.host}/team/large:1`;
      const ask = () => describeImage(library, { reference, insecure: true }, new AbortController().signal);
      const { freeBytes, neededBytes } = await ask();
      expect(neededBytes).toBeGreaterThan(12 * megabyte);
      // So that no more than the older of two has to go.
      const dataBytes = Math.ceil((freeBytes - neededBytes) / 2) + 2 * megabyte;
      const images = [40, 80].map((daysUnused, index) =>
        layDownImage(library.home, { digit: 'ab'.charAt(index), tags: [`${daysUnused}`], dataBytes, daysUnused }),
      );
      const said = await ask();
      expect(said.shortBytes).toBeGreaterThan(0);
      expect(said.prunedFirst).toMatchObject([{ kind: 'image', name: 'ghcr.io/org/linux:80' }]);
      vi.stubEnv('TART_NO_AUTO_PRUNE', '1');
      expect(await ask()).toMatchObject({ prunedFirst: [], isPruningOff: true });
      vi.unstubAllEnvs();
      await pull(library, { reference, insecure: true, concurrency: 2 }, quietWork());
      expect(images.map((folder) => existsSync(folder))).toEqual([true, false]);
      expect(await ask()).toMatchObject({ state: 'cached', neededBytes: 0, shortBytes: 0, prunedFirst: [] });
    });
  });
});

describe('a registry that wants a login', () => {
  it('says so when it is asked about an image', async () => {
    await using guarded = await startRegistry({ htpasswd: true });
    await using lab = await ServicesLab.open();
    const reference = `${guarded.host}/team/web:1`;
    vi.stubEnv('DOCKER_CONFIG', lab.at('docker'));
    await expect(lab.ask('images.describe', { reference, insecure: true })).rejects.toMatchObject({
      code: 'login-required',
    });
    const wrong = { host: guarded.host, username: 'tester', password: 'wrong', insecure: true };
    await expect(lab.ask('registries.logIn', wrong)).rejects.toMatchObject({ code: 'login-refused' });
    vi.stubEnv('TART_REGISTRY_USERNAME', 'somebody');
    vi.stubEnv('TART_REGISTRY_PASSWORD', 'secret');
    vi.stubEnv('TART_REGISTRY_HOSTNAME', guarded.host);
    const known = await lab.ask('registries.list', {});
    expect(known).toMatchObject([
      { host: guarded.host, username: 'somebody', source: 'environment', canLogOut: false },
    ]);
    expect(JSON.stringify(known)).not.toContain('secret');
    await expect(lab.ask('registries.logOut', { host: guarded.host })).rejects.toMatchObject({ code: 'not-allowed' });
  });
});
