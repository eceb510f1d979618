import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import type { CredentialSource } from './credentials.ts';
import { type RegistryClient, openRegistry } from './registry-client.ts';
import { type Fault, type FaultProxy, type SeenRequest, ofBlobs, startFaultProxy } from './testing/fault-proxy.ts';
import { type TestRegistry, startRegistry, testLogin } from './testing/registry.ts';

const { signal } = new AbortController();
const bytes = randomBytes(200_000);
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const login: CredentialSource = () => Promise.resolve({ credentials: { kind: 'password', ...testLogin } });

describe('the client of a registry in trouble', () => {
  let registry: TestRegistry;
  let proxy: FaultProxy;
  let storage: FaultProxy;
  let client: RegistryClient;
  beforeAll(async () => {
    registry = await startRegistry({ token: true });
    [proxy, storage] = await Promise.all([startFaultProxy(registry.url), startFaultProxy(registry.url)]);
    await using direct = openRegistry({ host: registry.host, insecure: true, credentials: login });
    await direct.uploadBlob('team/web', upload(), { chunkBytes: 0, signal });
    client = openRegistry({
      host: proxy.host,
      insecure: true,
      credentials: login,
      // Failures in tests are told soon.
      stallMs: 400,
      retries: { attempts: 3, pauseMs: 1, maxPauseMs: 2 },
    });
  });
  afterAll(async () => {
    for (const made of [client, proxy, storage, registry]) await made[Symbol.asyncDispose]();
  });
  beforeEach(() => proxy.plan([]));

  const upload = () => ({
    digest,
    sizeBytes: bytes.length,
    open: async function* (offset: number) {
      for (let start = offset; start < bytes.length; start += 20_000) {
        yield bytes.subarray(start, Math.min(start + 20_000, bytes.length));
        await Promise.resolve();
      }
    },
  });
  const plan = (fault: Fault, times: number, when: (request: SeenRequest) => boolean = ofBlobs) =>
    proxy.plan([{ when, fault, times }]);
  const fetchBlob = () => client.blob('team/web', digest, { maxBytes: bytes.length }, signal);

  it.each<Fault>([
    { kind: 'cut', afterBytes: 0 },
    { kind: 'cut', afterBytes: 70_000 },
    { kind: 'stall', afterBytes: 70_000 },
    { kind: 'status', status: 401 },
    { kind: 'status', status: 429, retryAfter: '0' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 502, body: '<html>' },
    { kind: 'status', status: 503, retryAfter: new Date(0).toUTCString() },
    { kind: 'trickle', pieceBytes: 20_000, pauseMs: 5 },
  ])('gets over $kind $status $afterBytes', async (fault) => {
    plan(fault, fault.kind === 'status' && fault.status === 401 ? 1 : 2);
    expect(Buffer.compare(await fetchBlob(), bytes)).toBe(0);
    const before = proxy.requests.length;
    plan(fault, 1);
    const { url, headers } = await client.blobRequest('team/web', digest, signal, { again: true });
    expect(url).toBe(`${proxy.url}/v2/team/web/blobs/${digest}`);
    expect((await fetch(url, { method: 'HEAD', headers })).status).toBe(200);
    expect(proxy.requests.slice(before).some((request) => request.fault === fault.kind)).toBe(true);
  });

  it.each<[Fault, object, number]>([
    [{ kind: 'cut', afterBytes: 10 }, { code: 'registry-unreachable', retry: true }, 3],
    [{ kind: 'status', status: 503 }, { code: 'registry-unreachable', retry: true }, 3],
    [{ kind: 'status', status: 404 }, { code: 'image-not-found' }, 1],
    [{ kind: 'status', status: 416 }, { code: 'registry-refused' }, 1],
    [{ kind: 'status', status: 400 }, { code: 'registry-refused' }, 1],
    [{ kind: 'truncate', toBytes: 1000 }, { code: 'image-damaged' }, 1],
    [{ kind: 'too-long', extraBytes: 1 }, { code: 'image-damaged' }, 1],
    [{ kind: 'wrong-byte', atByte: 150_000 }, { code: 'image-damaged' }, 1],
  ])('gives up in the end: %j', async (fault, expected, requests) => {
    plan(fault, 100);
    const before = proxy.requests.length;
    await expect(fetchBlob()).rejects.toMatchObject(expected);
    expect(proxy.requests.slice(before).filter(({ fault: met }) => met !== undefined)).toHaveLength(requests);
  });

  it('never says a secret that a server says back', async () => {
    const { password } = testLogin;
    const said = JSON.stringify({ errors: [{ message: `no: ${password}, Bearer abcdefghijklmnop` }] });
    plan({ kind: 'status', status: 400, body: said }, 1);
    const error = await fetchBlob().then(
      () => undefined,
      (reason: unknown) => AppError.from(reason),
    );
    const shown = JSON.stringify(error?.toInfo());
    expect(shown).toContain('no: …');
    expect(shown).not.toContain(password);
    expect(shown).not.toContain('abcdefghijklmnop');
  });

  it('follows to another server, and sends nothing of ours there', async () => {
    // The storage asks for nothing: what passes there is given a login on the way.
    await using open = await startRegistry();
    await using direct = openRegistry({ host: open.host, insecure: true });
    await direct.uploadBlob('team/web', upload(), { chunkBytes: 0, signal });
    await using bucket = await startFaultProxy(open.url);
    const cookies = { 'set-cookie': 'session=1; Path=/' };
    proxy.plan([
      { when: ofBlobs, fault: { kind: 'status', status: 503, headers: cookies }, times: 1 },
      { when: ofBlobs, fault: { kind: 'redirect', to: bucket.url } },
    ]);
    expect(Buffer.compare(await fetchBlob(), bytes)).toBe(0);
    const place = await client.blobRequest('team/web', digest, signal);
    expect(place).toMatchObject({ url: `${bucket.url}/v2/team/web/blobs/${digest}`, headers: {} });
    expect(bucket.requests).toHaveLength(2);
    for (const { headers } of bucket.requests) expect(headers.authorization).toBeUndefined();
    // Registries that find a cookie of their web pages want more than we have.
    for (const { headers } of [...proxy.requests, ...bucket.requests]) expect(headers.cookie).toBeUndefined();
  });

  it('gives up where servers send it in circles', async () => {
    storage.plan([{ when: () => true, fault: { kind: 'redirect', to: proxy.url } }]);
    plan({ kind: 'redirect', to: storage.url }, 100);
    await expect(fetchBlob()).rejects.toMatchObject({ code: 'registry-refused' });
  });

  it.each(['SSH-2.0-OpenSSH\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'])(
    'soon gives up on %j, however patient it is',
    async (answer) => {
      const retries = { attempts: 100, pauseMs: 1, maxPauseMs: 2 };
      await using patient = openRegistry({ host: proxy.host, insecure: true, credentials: login, retries });
      const before = proxy.requests.length;
      plan({ kind: 'raw', bytes: answer, then: 'close' }, 100);
      const fetched = patient.blob('team/web', digest, { maxBytes: bytes.length }, signal);
      await expect(fetched).rejects.toMatchObject({ code: 'registry-unreachable' });
      expect(proxy.requests.slice(before).filter(ofBlobs)).toHaveLength(3);
    },
  );

  describe('sending a blob', () => {
    const isData = ({ method }: SeenRequest) => method === 'PATCH' || method === 'PUT';
    const send = async (chunkBytes: number, repository: string) => {
      await client.uploadBlob(repository, upload(), { chunkBytes, signal });
      expect(await client.hasBlob(repository, digest, signal)).toBe(bytes.length);
    };

    it.each<[Fault, number]>([
      [{ kind: 'cut-request', afterBytes: 10_000 }, 0],
      [{ kind: 'cut-request', afterBytes: 10_000 }, 60_000],
      [{ kind: 'cut', afterBytes: 0 }, 60_000],
      [{ kind: 'status', status: 401 }, 0],
      [{ kind: 'status', status: 401 }, 60_000],
      [{ kind: 'status', status: 500 }, 0],
      [{ kind: 'status', status: 429, retryAfter: '0' }, 60_000],
    ])('gets over %j in pieces of %d', async (fault, chunkBytes) => {
      const repository = `team/up-${fault.kind}-${'status' in fault ? String(fault.status) : ''}-${chunkBytes}`;
      plan(fault, 1, isData);
      await send(chunkBytes, repository);
    });

    it('gets over an upload that the registry forgot', async () => {
      proxy.plan([
        { when: isData, fault: { kind: 'status', status: 500 }, times: 1 },
        {
          when: ({ method, path }) => method === 'GET' && path.includes('/uploads/'),
          fault: { kind: 'status', status: 404 },
        },
      ]);
      await send(60_000, 'team/forgotten');
    });

    it('goes on where the registry’s bytes end, not at the start', async () => {
      let seen = 0;
      plan({ kind: 'status', status: 500 }, 1, (request) => isData(request) && ++seen === 3);
      const before = proxy.requests.length;
      await send(60_000, 'team/goes-on');
      const ranges = proxy.requests
        .slice(before)
        .filter(isData)
        .map(({ headers }) => headers['content-range']);
      expect(ranges).toEqual(['0-59999', '60000-119999', '120000-179999', '120000-179999', '180000-199999']);
    });

    it('gives up in the end', async () => {
      plan({ kind: 'status', status: 503 }, 100, isData);
      await expect(send(0, 'team/never')).rejects.toMatchObject({ code: 'registry-unreachable', retry: true });
      plan({ kind: 'status', status: 413 }, 100, isData);
      await expect(send(0, 'team/never')).rejects.toMatchObject({
        code: 'registry-refused',
        hint: expect.stringContaining('--chunk-size') as unknown,
      });
    });

    it('throws what reading the blob throws, at once', async () => {
      const broken = new Error('The disk can’t be read.');
      const source = {
        digest,
        sizeBytes: bytes.length,
        open: async function* () {
          yield bytes.subarray(0, 1000);
          await Promise.resolve();
          throw broken;
        },
      };
      await expect(client.uploadBlob('team/broken', source, { chunkBytes: 0, signal })).rejects.toBe(broken);
    });
  });
});
