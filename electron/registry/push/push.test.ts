import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtherProgram, holdFcntl } from '../../library/testing/other-program.ts';
import { parseReference } from '../../contract/reference.ts';
import { type FaultProxy, type SeenRequest, startFaultProxy } from '../client/testing/fault-proxy.ts';
import { startRegistry } from '../client/testing/registry.ts';
import { digestOf, parseManifest } from '../manifest/manifest.ts';
import { type ImageBed, pullFrom, startImageBed, vmWithDisk } from '../testing/image-bed.ts';
import { verifyCachedImage } from '../verify-image.ts';
import { type PushRequest, layerBytes, pushImage } from './push.ts';
import { retagImage } from './retag.ts';

const signal = new AbortController().signal;
let bed: ImageBed;
let proxy: FaultProxy;
beforeAll(async () => {
  bed = await startImageBed();
  proxy = await startFaultProxy(bed.registry.url);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

/** A disk of two layers: noise too large to be held, text, zeros, a hole over the border, and an odd end. */
const diskBytes = layerBytes + 3_000_001;

function bigVm(home: ReturnType<ImageBed['newHome']>, name: string): string {
  const folder = vmWithDisk(home, name, Buffer.alloc(0));
  const fd = openSync(path.join(folder, 'disk.img'), 'r+');
  ftruncateSync(fd, diskBytes);
  writeSync(fd, randomBytes(12_000_000), 0, 12_000_000, 4096);
  writeSync(fd, Buffer.alloc(2_000_000, 'all work and no play '), 0, 2_000_000, 40_000_000);
  writeSync(fd, Buffer.alloc(1_000_000), 0, 1_000_000, 50_000_000);
  writeSync(fd, randomBytes(1_000_000), 0, 1_000_000, diskBytes - 1_000_000);
  closeSync(fd);
  return folder;
}

function push(request: Pick<PushRequest, 'vmFolder' | 'home'> & Partial<PushRequest> & { to: string[] }) {
  return pushImage({
    references: request.to.map((to) => parseReference(to)),
    clientOf: (host) => bed.client(host),
    signal,
    progress: () => undefined,
    ...request,
  });
}

const isUpload = ({ method }: SeenRequest): boolean => method === 'PATCH' || method === 'PUT' || method === 'POST';
const uploadsSince = (start: number): string[] =>
  proxy.requests
    .slice(start)
    .filter((request) => isUpload(request) && request.path.includes('/blobs/'))
    .map(({ path: at }) => at);

describe('a push', () => {
  it('makes an image that other tools read and copy without changing a digest, and a pull gives back the disk', async () => {
    const home = bed.newHome();
    const vmFolder = bigVm(home, 'vm');
    const { host } = bed.registry;
    const pushed = await push({
      vmFolder,
      home,
      to: [`${host}/team/vm:1`, `${host}/team/vm:latest`],
      labels: { 'made.by': 'tests' },
    });
    expect(pushed).toMatchObject({ sentLayers: 2, layers: 2 });
    const inspected = JSON.parse(skopeo('inspect', '--tls-verify=false', `docker://${host}/team/vm:1`)) as Record<
      string,
      unknown
    >;
    expect(inspected).toMatchObject({
      Digest: pushed.digest,
      Architecture: 'arm64',
      Os: 'linux',
      Labels: { 'made.by': 'tests', 'org.cirruslabs.tart.disk.format': 'raw' },
    });
    await using other = await startRegistry();
    skopeo(
      'copy',
      '--quiet',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${host}/team/vm:latest`,
      `docker://${other.host}/copied/vm:latest`,
    );
    const copied = await bed.client(other.host).manifest('copied/vm', 'latest', signal);
    expect(copied.digest).toBe(pushed.digest);
    const second = bed.newHome();
    const image = await pullFrom(bed, second, {
      reference: parseReference(`${other.host}/copied/vm`),
      client: bed.client(other.host),
    });
    execFileSync('cmp', [path.join(image.folder, 'disk.img'), path.join(vmFolder, 'disk.img')]);
    expect(readFileSync(path.join(image.folder, 'nvram.bin'), 'utf8')).toBe('variables');
    expect(statSync(path.join(image.folder, 'disk.img')).blocks * 512).toBeLessThan(16_500_000);
    await expect(verifyCachedImage(image.folder, { signal })).resolves.toMatchObject({ state: 'whole' });
  });

  it('sends again only what changed, and mounts what another repository has', async () => {
    const home = bed.newHome();
    const vmFolder = bigVm(home, 'vm');
    const to = `${proxy.host}/again/vm`;
    await push({ vmFolder, home, to: [to] });
    let seen = proxy.requests.length;
    await expect(push({ vmFolder, home, to: [to] })).resolves.toMatchObject({ sentLayers: 0 });
    // A manifest has its time, so there is a new one; of blobs there is none.
    expect(uploadsSince(seen)).toEqual([]);
    const fd = openSync(path.join(vmFolder, 'disk.img'), 'r+');
    writeSync(fd, 'changed', layerBytes + 5);
    closeSync(fd);
    await expect(push({ vmFolder, home, to: [to] })).resolves.toMatchObject({ sentLayers: 1 });
    seen = proxy.requests.length;
    await expect(push({ vmFolder, home, to: [`${proxy.host}/elsewhere/vm`] })).resolves.toMatchObject({
      sentLayers: 0,
    });
    expect(uploadsSince(seen).filter((at) => at.includes('mount=')).length).toBeGreaterThanOrEqual(2);
  });

  it('packs a layer again when its upload breaks', async () => {
    const home = bed.newHome();
    const vmFolder = bigVm(home, 'vm');
    proxy.plan([
      { when: ({ method }) => method === 'PATCH', fault: { kind: 'cut-request', afterBytes: 5_000_000 }, times: 1 },
      { when: isUpload, fault: { kind: 'status', status: 503, retryAfter: '0' }, times: 2 },
    ]);
    try {
      const { digest } = await push({ vmFolder, home, to: [`${proxy.host}/broken/vm`], chunkBytes: 0 });
      const image = await pullFrom(bed, bed.newHome(), { reference: parseReference(`${bed.registry.host}/broken/vm`) });
      expect(image.digest).toBe(digest);
      execFileSync('cmp', [path.join(image.folder, 'disk.img'), path.join(vmFolder, 'disk.img')]);
    } finally {
      proxy.plan([]);
    }
  });

  it('sends layers in pieces of the size that is asked for', async () => {
    const home = bed.newHome();
    const vmFolder = bigVm(home, 'vm');
    const seen = proxy.requests.length;
    const { digest } = await push({ vmFolder, home, to: [`${proxy.host}/pieces/vm`], chunkBytes: 4_000_000 });
    const ranges = proxy.requests.slice(seen).flatMap(({ headers }) => headers['content-range'] ?? []);
    expect(ranges.length).toBeGreaterThan(2);
    const image = await pullFrom(bed, bed.newHome(), { reference: parseReference(`${bed.registry.host}/pieces/vm`) });
    expect(image.digest).toBe(digest);
  });

  it('keeps it in the cache under every name, if asked to', async () => {
    const home = bed.newHome();
    const vmFolder = vmWithDisk(home, 'vm', Buffer.alloc(300_000, 'disk'));
    const { host } = bed.registry;
    const { digest, manifest } = await push({
      vmFolder,
      home,
      to: [`${host}/kept/vm:1`, `${host}/kept/vm:2`],
      populateCache: true,
    });
    const place = path.join(home.cache, 'OCIs', host.replace(':', '%3A'), 'kept/vm');
    expect(readdirSync(place).sort()).toEqual(['1', '2', digest]);
    expect(readlinkSync(path.join(place, '2'))).toBe(path.join(place, digest));
    expect(readFileSync(path.join(place, digest, 'manifest.json')).equals(manifest)).toBe(true);
    await expect(verifyCachedImage(path.join(place, digest), { signal })).resolves.toMatchObject({ state: 'whole' });
    await expect(pullFrom(bed, home, { reference: parseReference(`${host}/kept/vm:2`) })).resolves.toMatchObject({
      outcome: 'cached',
    });
  });

  it('is refused while the machine runs, and to a digest', async () => {
    const home = bed.newHome();
    const vmFolder = vmWithDisk(home, 'vm', Buffer.alloc(300_000, 'disk'));
    await using tart = OtherProgram.python(holdFcntl, path.join(vmFolder, 'config.json'));
    expect(await tart.line()).toBe('locked');
    const to = [`${bed.registry.host}/running/vm`];
    await expect(push({ vmFolder, home, to })).rejects.toMatchObject({ code: 'vm-running' });
    await expect(push({ vmFolder, home, to: [`${to[0] ?? ''}@sha256:${'0'.repeat(64)}`] })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});

describe('further tags of a cached image', () => {
  it('cost a manifest where it came from, a mount beside it, and a copy in another registry', async () => {
    const home = bed.newHome();
    const { host, namespace } = bed.reference;
    const { folder: imageFolder, digest } = await pullFrom(bed, home);
    await using other = await startRegistry();
    const to = [
      `${proxy.host}/${namespace}:second`,
      `${proxy.host}/mounted/image:third`,
      `${other.host}/copied/image:fourth`,
    ];
    const seen = proxy.requests.length;
    await expect(
      retagImage({
        imageFolder,
        from: { host: proxy.host, namespace },
        home,
        references: to.map((text) => parseReference(text)),
        clientOf: (name) => bed.client(name),
        signal,
        progress: () => undefined,
      }),
    ).resolves.toEqual({ digest });
    const uploads = uploadsSince(seen);
    expect(uploads.length).toBeGreaterThan(0);
    expect(uploads.every((at) => at.includes('mount='))).toBe(true);
    for (const text of [
      `${host}/${namespace}:second`,
      `${host}/mounted/image:third`,
      `${other.host}/copied/image:fourth`,
    ]) {
      const reference = parseReference(text);
      const { bytes } = await bed.client(reference.host).manifest(reference.namespace, reference.tag ?? '', signal);
      expect(digestOf(bytes)).toBe(digest);
      expect(parseManifest(bytes).diskBytes).toBe(bed.disk.length);
    }
    const image = await pullFrom(bed, bed.newHome(), {
      reference: parseReference(`${other.host}/copied/image:fourth`),
      client: bed.client(other.host),
    });
    expect(readFileSync(path.join(image.folder, 'disk.img')).equals(bed.disk)).toBe(true);
  });
});

function skopeo(...words: string[]): string {
  return execFileSync('skopeo', words, { encoding: 'utf8' });
}
