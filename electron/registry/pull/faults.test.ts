import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onVolume } from '../../library/testing/volume.ts';
import { parseReference } from '../../contract/reference.ts';
import { pushImage } from '../push/push.ts';
import { Home } from '../../library/home.ts';
import {
  type Fault,
  type FaultProxy,
  type Rule,
  type SeenRequest,
  ofBlobs,
  startFaultProxy,
} from '../client/testing/fault-proxy.ts';
import {
  type ImageBed,
  cachedPaths,
  expectWhole,
  fastRetries,
  pullFrom,
  startImageBed,
  vmWithDisk,
} from '../testing/image-bed.ts';
import { describeImage } from './describe.ts';
import { unfinishedPulls } from '../cache/pull-folder.ts';
import { readManifest } from './pull.ts';

const signal = new AbortController().signal;
let bed: ImageBed;
let proxy: FaultProxy;
let largest: string;
let layers: readonly string[];

beforeAll(async () => {
  bed = await startImageBed();
  proxy = await startFaultProxy(bed.registry.url);
  const { disk } = await readManifest(bed.client(), bed.reference, signal);
  layers = disk.map(({ digest }) => digest);
  largest = [...disk].sort((a, b) => b.sizeBytes - a.sizeBytes)[0]?.digest ?? '';
});
afterEach(() => proxy.plan([]));
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

/** A worker's request for a layer, not the client's question where that is. */
const ofLayers = (request: SeenRequest): boolean =>
  ofBlobs(request) && request.headers.range !== 'bytes=0-0' && layers.some((digest) => request.path.includes(digest));
const ofLargest = (request: SeenRequest): boolean => ofLayers(request) && request.path.includes(largest);

async function pullWith(rules: readonly Rule[], home = bed.newHome()): Promise<Home> {
  proxy.plan(rules);
  const reference = { host: proxy.host, namespace: bed.reference.namespace, tag: 'latest' };
  expectWhole(bed, home, await pullFrom(bed, home, { reference, client: bed.client(proxy.host) }));
  return home;
}

/** How many bytes of the largest layer were asked for in all. */
function rangesAskedFor(): (string | undefined)[] {
  return proxy.requests.filter(ofLargest).map(({ headers }) => headers.range);
}

describe('a pull over a bad line', () => {
  it.each<[string, Rule[]]>([
    [
      'connections that break before the first byte',
      [{ when: ofLayers, fault: { kind: 'cut', afterBytes: 0 }, times: 4 }],
    ],
    ['connections that break in a block', [{ when: ofLayers, fault: { kind: 'cut', afterBytes: 70_001 }, times: 6 }]],
    ['connections that stall', [{ when: ofLayers, fault: { kind: 'stall', afterBytes: 100_000 }, times: 1 }]],
    ['answers that are too short', [{ when: ofLayers, fault: { kind: 'truncate', toBytes: 1000 }, times: 2 }]],
    ['answers that are too long', [{ when: ofLayers, fault: { kind: 'too-long', extraBytes: 5 }, times: 2 }]],
    ['a wrong byte', [{ when: ofLayers, fault: { kind: 'wrong-byte', atByte: 77_777 }, times: 1 }]],
    ['a token that runs out', [{ when: ofLayers, fault: { kind: 'status', status: 401 }, times: 1 }]],
    [
      'a range that the server does not like',
      [
        {
          when: (request) => ofLayers(request) && request.headers.range !== undefined,
          fault: { kind: 'status', status: 416 },
          times: 1,
        },
        { when: ofLayers, fault: { kind: 'cut', afterBytes: 66_000 }, times: 3 },
      ],
    ],
    ['too many requests', [{ when: ofLayers, fault: { kind: 'status', status: 429, retryAfter: '0' }, times: 5 }]],
    ['a server that is away', [{ when: ofLayers, fault: { kind: 'status', status: 503, retryAfter: '0' }, times: 5 }]],
    ['a server in trouble', [{ when: ofLayers, fault: { kind: 'status', status: 500 }, times: 5 }]],
    ['bytes that trickle', [{ when: ofLayers, fault: { kind: 'trickle', pieceBytes: 20_000, pauseMs: 1 } }]],
  ])('gets through %s', async (_, rules) => {
    await pullWith(rules);
  });

  it('follows a redirect to another server', async () => {
    await using elsewhere = await startFaultProxy(bed.registry.url);
    await pullWith([{ when: ofBlobs, fault: { kind: 'redirect', to: elsewhere.url } }]);
    expect(elsewhere.requests.length).toBeGreaterThan(0);
  });

  it('goes on at the byte where a connection broke, wherever that is', async () => {
    const cuts = [1, 11, 13, 65_547, 65_549, 100_000];
    const before = rangesAskedFor().length;
    await pullWith(cuts.map((afterBytes) => ({ when: ofLargest, fault: { kind: 'cut', afterBytes }, times: 1 })));
    const starts = rangesAskedFor()
      .slice(before)
      .map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]));
    // Each begins where the one before it ended, though that one may have lost what was on the way.
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(new Set(starts).size).toBeGreaterThan(4);
  });

  it.each<[string, Fault, string]>([
    ['damaged for good', { kind: 'wrong-byte', atByte: 50_000 }, 'image-damaged'],
    ['not there', { kind: 'status', status: 404 }, 'image-not-found'],
    ['forbidden', { kind: 'status', status: 403 }, 'login-refused'],
    ['refused', { kind: 'status', status: 400 }, 'registry-refused'],
    ['always cut off', { kind: 'cut', afterBytes: 0 }, 'registry-unreachable'],
    ['on a server that is always away', { kind: 'status', status: 503 }, 'registry-unreachable'],
  ])('ends and says why if a layer is %s, keeps the rest, and goes on later', async (_, fault, code) => {
    const home = bed.newHome();
    proxy.plan([{ when: ofLargest, fault }]);
    const reference = { host: proxy.host, namespace: bed.reference.namespace, tag: 'latest' };
    const pull = pullFrom(bed, home, { reference, client: bed.client(proxy.host), concurrency: 1 });
    await expect(pull).rejects.toMatchObject({
      code,
      retry: true,
      message: expect.stringContaining(largest.slice(0, 20)) as string,
    });
    expect(cachedPaths(home)).toEqual([]);
    expect(unfinishedPulls(home)).toHaveLength(1);
    await pullWith([], home);
  });

  it.each<[string, Fault]>([
    ['of another length', { kind: 'truncate', toBytes: 1000 }],
    ['that is not HTTP', { kind: 'raw', bytes: 'SSH-2.0-OpenSSH\r\n\r\n', then: 'close' }],
    ['in another encoding', { kind: 'raw', bytes: 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n', then: 'close' }],
  ])('soon gives up on answers %s, however patient it is', async (_, fault) => {
    const before = rangesAskedFor().length;
    proxy.plan([{ when: ofLargest, fault }]);
    const reference = { host: proxy.host, namespace: bed.reference.namespace, tag: 'latest' };
    const endurance = { ...fastRetries, attempts: 101 };
    const pull = pullFrom(bed, bed.newHome(), { reference, client: bed.client(proxy.host), endurance });
    await expect(pull).rejects.toMatchObject({ code: 'registry-unreachable' });
    expect(rangesAskedFor().slice(before)).toHaveLength(3);
  });

  it('never asks again for a layer that was finished', async () => {
    const home = bed.newHome();
    const stop = new AbortController();
    const done = new Set<number>();
    const onLayers = ({ states }: { states: string }) => {
      states.split('').forEach((letter, index) => letter === 'v' && done.add(index));
      if (done.size === 2) stop.abort();
    };
    const reference = { host: proxy.host, namespace: bed.reference.namespace, tag: 'latest' };
    const client = bed.client(proxy.host);
    await expect(
      pullFrom(bed, home, { reference, client, concurrency: 1, signal: stop.signal, onLayers }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    const { disk } = await readManifest(bed.client(), bed.reference, signal);
    const finished = disk.filter(({ index }) => done.has(index)).map(({ digest }) => digest);
    const before = proxy.requests.length;
    await pullWith([], home);
    const asked = proxy.requests.slice(before).map(({ path }) => path);
    for (const digest of finished) expect(asked.filter((path) => path.includes(digest))).toEqual([]);
  });

  it('fetches anew what a kept layer turns out not to be', async () => {
    const home = bed.newHome();
    const stop = new AbortController();
    const onLayers = ({ states }: { states: string }) => {
      if ((states.match(/v/g) ?? []).length === 2) stop.abort();
    };
    await expect(pullFrom(bed, home, { concurrency: 1, signal: stop.signal, onLayers })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const [kept] = unfinishedPulls(home);
    const fd = openSync(`${kept?.folder ?? ''}/image/disk.img`, 'r+');
    writeSync(fd, 'lost in a power cut', 100);
    closeSync(fd);
    await pullWith([], home);
  });
});

describe('a large layer of a pull that ended', () => {
  it('is fetched from at most 8 MiB before the point where it stopped, and proved by what it unpacks to', async () => {
    const home = bed.newHome();
    const vmFolder = vmWithDisk(home, 'noise', randomBytes(24_000_000));
    const reference = parseReference(`${proxy.host}/large/noise`);
    const client = bed.client(proxy.host);
    const common = { home, signal, progress: () => undefined };
    await pushImage({ ...common, vmFolder, references: [reference], clientOf: () => client });
    const source = readFileSync(`${vmFolder}/disk.img`);
    // What a machine has would be taken from there.
    rmSync(vmFolder, { recursive: true });
    const [layer] = (await readManifest(client, reference, signal)).disk;
    const isOfNoise = (request: SeenRequest): boolean =>
      ofBlobs(request) && request.path.includes(layer?.digest ?? '') && request.headers.range !== 'bytes=0-0';
    const stoppedAt = 17_000_000;
    proxy.plan([{ when: isOfNoise, fault: { kind: 'cut', afterBytes: stoppedAt }, times: 1 }]);
    const impatient = { ...fastRetries, attempts: 1 };
    await expect(pullFrom(bed, home, { reference, client, endurance: impatient })).rejects.toMatchObject({
      code: 'registry-unreachable',
    });
    const seen = proxy.requests.length;
    const { folder } = await pullFrom(bed, home, { reference, client });
    expect(readFileSync(`${folder}/disk.img`).equals(source)).toBe(true);
    const [range] = proxy.requests.slice(seen).filter(isOfNoise);
    const from = Number(/^bytes=(\d+)-$/.exec(range?.headers.range ?? '')?.[1]);
    expect(from).toBeGreaterThan(stoppedAt - 8 * 1024 ** 2);
    expect(from).toBeLessThanOrEqual(stoppedAt);
  });
});

describe('a pull onto a full disk', () => {
  it('stops with a reason, keeps what has come, and goes on when there is room', async (context) => {
    await onVolume(context, 'tmpfs', 1_000_000, async (volume) => {
      const home = new Home(`${volume}/home`);
      await expect(pullFrom(bed, home, { endurance: fastRetries })).rejects.toMatchObject({
        code: 'no-space',
        retry: true,
        hint: expect.stringContaining('what was fetched is kept') as string,
      });
      expect(cachedPaths(home)).toEqual([]);
      const { state } = await describeImage({ reference: bed.reference, client: bed.client(), home, signal });
      expect(['partial', 'new']).toContain(state);
    });
  });
});
