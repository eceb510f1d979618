import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FaultProxy, type SeenRequest, ofBlobs, startFaultProxy } from '../client/testing/fault-proxy.ts';
import { type ImageBed, expectWhole, pullFrom, startImageBed } from '../testing/image-bed.ts';
import { ZeroBudget } from './fill-disk.ts';

let bed: ImageBed;
let proxy: FaultProxy;
beforeAll(async () => {
  bed = await startImageBed();
  proxy = await startFaultProxy(bed.registry.url);
});
afterEach(() => proxy.plan([]));
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

const ofManifests = ({ path: at }: SeenRequest): boolean => at.includes('/manifests/');
const ofLayers = (request: SeenRequest): boolean => ofBlobs(request) && request.headers.range !== 'bytes=0-0';

function pull(home = bed.newHome(), steps: string[] = []) {
  const reference = { host: proxy.host, namespace: bed.reference.namespace, tag: 'latest' };
  const progress = ({ step }: { step?: string | undefined }): void => {
    if (step !== undefined) steps.push(step);
  };
  return pullFrom(bed, home, { reference, client: bed.client(proxy.host), progress });
}

describe('a registry that asks to wait', () => {
  it.each([
    ['the manifest', ofManifests],
    ['a layer', ofLayers],
  ])('is waited for a little, and that is told: %s', async (_, when) => {
    proxy.plan([{ when, fault: { kind: 'status', status: 429, retryAfter: '2' }, times: 1 }]);
    const steps: string[] = [];
    const home = bed.newHome();
    expectWhole(bed, home, await pull(home, steps));
    expect(steps).toContain('The registry asks to wait 2 seconds');
  });

  it.each([
    ['the manifest', ofManifests],
    ['a layer', ofLayers],
  ])('is not waited for an hour, and the error says so: %s', async (_, when) => {
    proxy.plan([{ when, fault: { kind: 'status', status: 503, retryAfter: '3600' } }]);
    await expect(pull()).rejects.toMatchObject({
      code: 'registry-unreachable',
      message: expect.stringContaining('asks to wait 60 minutes') as string,
      retry: true,
    });
    expect(proxy.requests.filter(when).length).toBeGreaterThan(0);
  });
});

describe('a pull of an image that is deleted meanwhile', () => {
  it('begins anew, and brings it', async () => {
    const home = bed.newHome();
    let deletions = 0;
    const reference = { host: proxy.host, namespace: bed.reference.namespace, tag: 'latest' };
    const progress = ({ step }: { step?: string | undefined }): void => {
      if (step !== 'Putting it in place' || deletions++ > 0) return;
      rmSync(path.join(home.cache, 'Tatin'), { recursive: true });
    };
    const { folder } = await pullFrom(bed, home, { reference, client: bed.client(proxy.host), progress });
    expect(readFileSync(path.join(folder, 'disk.img')).equals(bed.disk)).toBe(true);
    expect(deletions).toBe(2);
  });

  it('says so where that happens again and again', async () => {
    const home = bed.newHome();
    const reference = { host: proxy.host, namespace: bed.reference.namespace, tag: 'latest' };
    const progress = ({ step }: { step?: string | undefined }): void => {
      if (step === 'Putting it in place') rmSync(path.join(home.cache, 'Tatin'), { recursive: true });
    };
    await expect(pullFrom(bed, home, { reference, client: bed.client(proxy.host), progress })).rejects.toMatchObject({
      code: 'image-unavailable',
      retry: true,
    });
  });
});

describe('what is hashed only to find zeros', () => {
  it('is bounded, whatever lengths an image names', () => {
    const budget = new ZeroBudget();
    const gib = 1024 ** 3;
    expect(budget.mayHash(1000 * gib)).toBe(false);
    const lengths = Array.from({ length: 12_000 }, (_, index) => gib + index);
    const hashed = lengths.filter((length) => budget.mayHash(length));
    expect(hashed.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(64 * gib);
    // Once more costs nothing.
    expect(hashed.every((length) => budget.mayHash(length))).toBe(true);
  });
});
