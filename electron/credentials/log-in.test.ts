import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { type TestRegistry, startRegistry, testLogin, trustOf } from '../registry/client/testing/registry.ts';
import { type FindOptions, credentialsFor } from './find-credentials.ts';
import type { Keychain } from './keychain.ts';
import { openKeychain } from './keychain.ts';
import { logIn, logOut } from './log-in.ts';
import { type TestSecretService, startSecretService } from './testing/secret-service.ts';

const { signal } = new AbortController();

describe.runIf(process.platform === 'linux')('logging in', () => {
  let registry: TestRegistry;
  let service: TestSecretService;
  let keychain: Keychain;
  beforeAll(async () => {
    [registry, service] = await Promise.all([startRegistry({ tls: true, htpasswd: true }), startSecretService()]);
    keychain = openKeychain({ env: service.env });
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });
  const attempt = (more: Partial<Parameters<typeof logIn>[0]> = {}) =>
    logIn(
      { host: registry.host, ...testLogin, insecure: false, validate: true, signal, ...more },
      { keychain, registry: trustOf(registry) },
    );
  const kept = (): FindOptions => ({ providers: [keychain] });

  it('keeps what the registry takes, until it is forgotten', async () => {
    await attempt();
    const { username, password } = testLogin;
    expect(await credentialsFor(registry.host, kept())(signal)).toEqual({
      credentials: { kind: 'password', username, password },
    });
    await logOut(registry.host, { keychain, providers: [keychain] });
    expect(await credentialsFor(registry.host, kept())(signal)).toEqual({});
    await logOut(registry.host, { keychain, providers: [keychain] });
  });

  it('keeps nothing that the registry refuses, unless it is told not to ask, and says no secret', async () => {
    const secret = 'not-the-password-7319';
    const error = await attempt({ password: secret }).then(
      () => undefined,
      (reason: unknown) => AppError.from(reason),
    );
    expect(error?.code).toBe('login-refused');
    const basic = Buffer.from(`${testLogin.username}:${secret}`).toString('base64');
    for (const shown of [JSON.stringify(error?.toInfo()), error?.stack ?? '', String(error?.cause)]) {
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(basic);
    }
    expect(await credentialsFor(registry.host, kept())(signal)).toEqual({});
    await attempt({ password: secret, validate: false });
    expect(await credentialsFor(registry.host, kept())(signal)).toMatchObject({ credentials: { password: secret } });
  });

  it('has no secret among the arguments or in the environment of any process', async () => {
    const secret = 'a-password-that-nobody-else-has-2604';
    const work = attempt({ password: secret, validate: false });
    const state = { ended: false };
    void work.finally(() => (state.ended = true));
    let looked = 0;
    // While the process that talks to the keychain comes and goes.
    while (!state.ended) {
      const found = execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true'], {
        maxBuffer: 64 * 1024 ** 2,
      });
      expect(found.includes(secret)).toBe(false);
      looked++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await work;
    expect(looked).toBeGreaterThan(0);
  });

  it('refuses what can be no login', async () => {
    await expect(attempt({ host: 'https://ghcr.io' })).rejects.toMatchObject({ code: 'reference-not-allowed' });
    await expect(attempt({ username: 'a:b' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(attempt({ password: '' })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('says whose login it is that can’t be forgotten', async () => {
    const providers = [
      {
        name: 'the environment',
        find: () => Promise.resolve({ kind: 'password', username: 'a', password: 'b' } as const),
        list: () => Promise.resolve([]),
      },
    ];
    await expect(logOut('other.example', { keychain, providers })).rejects.toMatchObject({
      code: 'not-allowed',
      hint: expect.stringContaining('TART_REGISTRY_USERNAME') as unknown,
    });
  });
});
