import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeychain } from './keychain.ts';
import { type TestSecretService, startEmptyBus, startSecretService } from './testing/secret-service.ts';

const { signal } = new AbortController();
const login = { username: 'tester', password: 'pass:wörd "\\\u{1f511}' };

describe.runIf(process.platform === 'linux')('the keychain, by a real Secret Service', () => {
  let service: TestSecretService;
  beforeAll(async () => void (service = await startSecretService()));
  afterAll(async () => await service[Symbol.asyncDispose]());

  it('keeps, finds, lists, replaces and forgets logins', async () => {
    const keychain = openKeychain({ env: service.env });
    expect(await keychain.find('one.example:5000', signal)).toBeUndefined();
    expect(await keychain.list(signal)).toEqual([]);
    await keychain.store('one.example:5000', { ...login, password: 'old' }, signal);
    await keychain.store('one.example:5000', login, signal);
    await keychain.store('two.example', { username: 'other', password: '1' }, signal);
    expect(await keychain.find('one.example:5000', signal)).toEqual({ kind: 'password', ...login });
    const listed = await keychain.list(signal);
    expect(listed).toHaveLength(2);
    expect(listed).toContainEqual({
      host: 'one.example:5000',
      username: 'tester',
      source: 'keychain',
      canLogOut: true,
    });
    expect(JSON.stringify(listed)).not.toContain('pass');
    expect(await keychain.forget('two.example', signal)).toBe(true);
    expect(await keychain.forget('two.example', signal)).toBe(false);
    expect(await keychain.find('two.example', signal)).toBeUndefined();
  });

  it('says that it is locked, whatever it is asked', async () => {
    const keychain = openKeychain({ env: service.env });
    await keychain.store('locked.example', login, signal);
    service.lock();
    const locked = {
      code: 'keychain-locked',
      hint: expect.stringContaining('TART_REGISTRY_USERNAME') as unknown,
    };
    await expect(keychain.find('locked.example', signal)).rejects.toMatchObject(locked);
    await expect(keychain.list(signal)).rejects.toMatchObject(locked);
    await expect(keychain.store('locked.example', login, signal)).rejects.toMatchObject(locked);
    await expect(keychain.forget('locked.example', signal)).rejects.toMatchObject(locked);
  });
});

describe('the Keychain of a Mac', () => {
  const says = (error: string) =>
    openKeychain({
      platform: 'darwin',
      run: () => Promise.resolve({ exitCode: 0, stdout: JSON.stringify({ error }), stderr: '' }),
    });

  it.each(['User interaction is not allowed.', 'OSStatus error -25308'])(
    'is locked when keytar says %j',
    async (error) => {
      for (const asked of [says(error).find('a.example', signal), says(error).store('a.example', login, signal)])
        await expect(asked).rejects.toMatchObject({
          code: 'keychain-locked',
          hint: expect.stringMatching(
            /SSH.*security unlock-keychain login\.keychain.*TART_REGISTRY_USERNAME.*TART_REGISTRY_PASSWORD/,
          ) as unknown,
        });
    },
  );

  it('fails with keytar’s words for what nobody foresaw', async () => {
    await expect(says('The sky fell.').find('a.example', signal)).rejects.toMatchObject({
      code: 'unexpected',
      details: 'The sky fell.',
    });
  });
});

describe.runIf(process.platform === 'linux')('the keychain where there is none', () => {
  it('has no logins, and can’t keep any', async () => {
    await using bus = await startEmptyBus();
    const { DBUS_SESSION_BUS_ADDRESS: _address, ...noBus } = bus.env;
    for (const env of [bus.env, noBus]) {
      const keychain = openKeychain({ env });
      expect(await keychain.find('one.example', signal)).toBeUndefined();
      expect(await keychain.list(signal)).toEqual([]);
      expect(await keychain.forget('one.example', signal)).toBe(false);
      await expect(keychain.store('one.example', login, signal)).rejects.toMatchObject({
        code: 'not-supported',
        hint: expect.stringContaining('docker login') as unknown,
      });
    }
  });
});
