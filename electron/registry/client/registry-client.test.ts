import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Upload } from './push-target.ts';
import type { CredentialSource } from './credentials.ts';
import { type RegistryClient, type RegistryOptions, openRegistry } from './registry-client.ts';
import { startFaultProxy } from './testing/fault-proxy.ts';
import { type TestRegistry, startRegistry, testLogin, trustOf } from './testing/registry.ts';

const { signal } = new AbortController();
const login: CredentialSource = () => Promise.resolve({ credentials: { kind: 'password', ...testLogin } });

/** Failures in tests are told soon. */
const fast = { retries: { attempts: 3, pauseMs: 1, maxPauseMs: 2 } };

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function inHalves(bytes: Uint8Array): Upload & { readonly opened: number[] } {
  const opened: number[] = [];
  return {
    digest: digestOf(bytes),
    sizeBytes: bytes.length,
    opened,
    open: async function* (offset) {
      opened.push(offset);
      const rest = bytes.subarray(offset);
      await Promise.resolve();
      yield rest.subarray(0, rest.length >> 1);
      yield rest.subarray(rest.length >> 1);
    },
  };
}

function ofUnknownLength(bytes: Uint8Array): Upload {
  const { open } = inHalves(bytes);
  return { open, finish: () => digestOf(bytes) };
}

const manifestOf = (layer: Uint8Array) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/octet-stream', digest: digestOf(layer), size: layer.length },
      layers: [],
    }),
  );

/** Uploads in every way that there is, an image with two tags, and everything read back. */
async function roundTrip(client: RegistryClient, repository: string): Promise<void> {
  for (const [chunkBytes, make] of [
    [0, inHalves],
    [0, ofUnknownLength],
    [30_000, inHalves],
    [30_000, ofUnknownLength],
    [50_000, ofUnknownLength],
  ] as const) {
    const bytes = randomBytes(100_000);
    const digest = digestOf(bytes);
    expect(await client.hasBlob(repository, digest, signal)).toBeUndefined();
    const sent: number[] = [];
    await client.uploadBlob(repository, make(bytes), { chunkBytes, signal, onProgress: (count) => sent.push(count) });
    expect(sent.at(-1)).toBe(bytes.length);
    expect(await client.hasBlob(repository, digest, signal)).toBe(bytes.length);
    expect(Buffer.compare(await client.blob(repository, digest, { maxBytes: bytes.length }, signal), bytes)).toBe(0);
    await client.putManifest(repository, 'v1', manifestOf(bytes), signal);
    const manifest = await client.manifest(repository, 'v1', signal);
    expect(Buffer.from(manifest.bytes)).toEqual(manifestOf(bytes));
    expect((await client.manifest(repository, manifest.digest, signal)).digest).toBe(digestOf(manifestOf(bytes)));
    expect(await client.mountBlob(`${repository}-other`, digest, repository, signal)).toBe(true);
    expect(await client.hasBlob(`${repository}-other`, digest, signal)).toBe(bytes.length);
  }
  expect(await client.mountBlob(repository, digestOf(randomBytes(8)), `${repository}-other`, signal)).toBe(false);
  await client.uploadBlob(repository, inHalves(new Uint8Array()), { chunkBytes: 0, signal });
  await client.ping(signal);
}

describe('the client of a registry', () => {
  let registry: TestRegistry;
  beforeAll(async () => void (registry = await startRegistry()));
  afterAll(async () => await registry[Symbol.asyncDispose]());
  const open = (options: Partial<RegistryOptions> = {}) =>
    openRegistry({ host: registry.host, insecure: true, ...fast, ...options });

  it('sends and reads back blobs and manifests', async () => {
    await using client = open();
    await roundTrip(client, 'team/web');
  });

  it('reads as many tags as are wanted, over pages', async () => {
    await using client = open();
    const layer = randomBytes(10);
    await client.uploadBlob('team/tags', inHalves(layer), { chunkBytes: 0, signal });
    for (const tag of ['a', 'b', 'c']) await client.putManifest('team/tags', tag, manifestOf(layer), signal);
    // This registry does not keep them in order.
    expect(await client.tags('team/tags', { limit: 2 }, signal)).toMatchObject({ more: true });
    const all = await client.tags('team/tags', { limit: 4 }, signal);
    expect({ ...all, tags: all.tags.sort() }).toEqual({ tags: ['a', 'b', 'c'], more: false });
  });

  it('says what is not there', async () => {
    await using client = open();
    await expect(client.manifest('team/none', 'v1', signal)).rejects.toMatchObject({
      code: 'image-not-found',
      message: expect.stringContaining('the manifest of team/none:v1') as unknown,
    });
    await expect(client.tags('team/none', { limit: 5 }, signal)).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('refuses a blob that was changed behind the registry’s back, and one that is longer than said', async () => {
    await using client = open();
    const bytes = randomBytes(1000);
    await client.uploadBlob('team/web', inHalves(bytes), { chunkBytes: 0, signal });
    await expect(client.blob('team/web', digestOf(bytes), { maxBytes: 999 }, signal)).rejects.toMatchObject({
      code: 'image-damaged',
    });
    writeFileSync(registry.blobFile(digestOf(bytes)), randomBytes(1000));
    await expect(client.blob('team/web', digestOf(bytes), { maxBytes: 1000 }, signal)).rejects.toMatchObject({
      code: 'image-damaged',
      retry: true,
    });
  });

  it('says that nobody listens, that a name does not exist, and that there is no registry', async () => {
    await using closed = openRegistry({ host: '127.0.0.1:1', insecure: true, ...fast });
    await expect(closed.ping(signal)).rejects.toMatchObject({ code: 'registry-unreachable', retry: true });
    await using nowhere = openRegistry({ host: 'no-such-host.invalid', ...fast });
    await expect(nowhere.ping(signal)).rejects.toMatchObject({ code: 'registry-unreachable' });
    await using encrypted = openRegistry({ host: registry.host, ...fast });
    await expect(encrypted.ping(signal)).rejects.toMatchObject({
      code: 'registry-unreachable',
      hint: expect.stringContaining('--insecure') as unknown,
    });
  });

  it('stops at once when it is called off', async () => {
    await using client = open();
    const stop = new AbortController();
    stop.abort(new DOMException('Cancelled.', 'AbortError'));
    await expect(client.ping(stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the client of an encrypted registry that wants a name and password', () => {
  let registry: TestRegistry;
  beforeAll(async () => void (registry = await startRegistry({ tls: true, htpasswd: true })));
  afterAll(async () => await registry[Symbol.asyncDispose]());

  it('works with the login and the registry’s authority', async () => {
    await using client = openRegistry({ host: registry.host, ...trustOf(registry), credentials: login, ...fast });
    await roundTrip(client, 'team/web');
  });

  it('does not trust an authority that it does not know', async () => {
    await using client = openRegistry({ host: registry.host, credentials: login, ...fast });
    await expect(client.ping(signal)).rejects.toMatchObject({ code: 'certificate-not-trusted' });
  });

  it('trusts the authority that the environment names', async () => {
    const env = { SSL_CERT_FILE: registry.caFile };
    await using client = openRegistry({ host: registry.host, env, credentials: login, ...fast });
    await client.ping(signal);
  });

  it('asks for a login, and says when it is refused', async () => {
    const options = { host: registry.host, ...trustOf(registry), ...fast };
    await using nobody = openRegistry(options);
    await expect(nobody.ping(signal)).rejects.toMatchObject({ code: 'login-required' });
    await using wrong = openRegistry({
      ...options,
      credentials: () => Promise.resolve({ credentials: { kind: 'password', username: 'tester', password: 'nope' } }),
    });
    await expect(wrong.ping(signal)).rejects.toMatchObject({ code: 'login-refused' });
    await expect(wrong.manifest('team/web', 'v1', signal)).rejects.toMatchObject({ code: 'login-refused' });
  });
});

describe('the client of a registry whose tokens run out at once', () => {
  it('asks for another before it is refused', async () => {
    await using registry = await startRegistry({ token: { lifetimeSeconds: 0.001 } });
    await using proxy = await startFaultProxy(registry.url);
    await using client = openRegistry({ host: proxy.host, insecure: true, credentials: login, ...fast });
    const digest = digestOf(randomBytes(8));
    for (let asked = 1; asked <= 3; asked++) {
      await client.hasBlob('team/web', digest, signal);
      expect(registry.tokenServer!.requests).toHaveLength(asked);
    }
    // The first request of all, which nobody could know to be refused; then one for each question.
    expect(proxy.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true, true, true]);
  });
});

describe('the client of a registry with tokens', () => {
  let registry: TestRegistry;
  beforeAll(async () => void (registry = await startRegistry({ token: true })));
  afterAll(async () => await registry[Symbol.asyncDispose]());
  const open = (credentials: CredentialSource | undefined) =>
    openRegistry({ host: registry.host, insecure: true, credentials, ...fast });

  it('works with name and password, and keeps the token server’s own query', async () => {
    await using client = open(login);
    await roundTrip(client, 'team/web');
    const asked = registry.tokenServer!.requests;
    expect(asked.every(({ tenant, service, as }) => tenant === 'seven' && service !== '' && as === 'login')).toBe(true);
    expect(asked.map(({ scopes }) => scopes)).toContainEqual(['repository:team/web:pull,push']);
    // One for each thing that is done to each repository, not one for each request.
    expect(asked.length).toBeLessThan(8);
  });

  it('exchanges an identity token', async () => {
    await using client = open(() =>
      Promise.resolve({ credentials: { kind: 'identity-token', token: testLogin.identityToken } }),
    );
    await roundTrip(client, 'team/identity');
    expect(registry.tokenServer!.requests.at(-1)).toMatchObject({ method: 'POST', as: 'login' });
  });

  it('lets everybody read what is public, also with a login that is out of date', async () => {
    await using owner = open(login);
    await roundTrip(owner, 'public/web');
    await using nobody = open(undefined);
    await nobody.manifest('public/web', 'v1', signal);
    await expect(nobody.manifest('team/web', 'v1', signal)).rejects.toMatchObject({ code: 'login-required' });
    await using stale = open(() =>
      Promise.resolve({ credentials: { kind: 'password', username: 'tester', password: 'out of date' } }),
    );
    await stale.manifest('public/web', 'v1', signal);
    await expect(stale.manifest('team/web', 'v1', signal)).rejects.toMatchObject({ code: 'login-refused' });
    await expect(
      stale.uploadBlob('public/web', inHalves(randomBytes(9)), { chunkBytes: 0, signal }),
    ).rejects.toMatchObject({ code: 'login-refused' });
  });
});
