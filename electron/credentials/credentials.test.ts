import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { dockerProvider } from './docker-config.ts';
import { environmentProvider } from './environment.ts';
import { credentialsFor, listRegistries } from './find-credentials.ts';
import { matchesHost } from './host-pattern.ts';
import type { CredentialProvider } from './provider.ts';
import { parseItem, tartKeychainProvider } from './tart-keychain.ts';

const { signal } = new AbortController();
const password = (username: string, secret: string) => ({ kind: 'password', username, password: secret });

describe('a login in the environment', () => {
  it('is for every registry, or for the one that is named with its port', async () => {
    const both = { TART_REGISTRY_USERNAME: 'me', TART_REGISTRY_PASSWORD: 'p:w' };
    expect(await environmentProvider(both).find('a.example', signal)).toEqual(password('me', 'p:w'));
    const one = environmentProvider({ ...both, TART_REGISTRY_HOSTNAME: 'a.example:5000' });
    expect(await one.find('a.example:5000', signal)).toEqual(password('me', 'p:w'));
    expect(await one.find('a.example', signal)).toBeUndefined();
    expect(await environmentProvider({ TART_REGISTRY_USERNAME: 'me' }).find('a.example', signal)).toBeUndefined();
  });
});

describe('Docker’s configuration', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'tatin-docker-'));
    mkdirSync(path.join(home, '.docker'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const write = (config: unknown) => {
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    writeFileSync(path.join(home, '.docker/config.json'), text);
  };
  const provider = () => dockerProvider({ HOME: home, PATH: `${home}:/usr/bin:/bin` });
  const find = (host: string) => provider().find(host, signal);

  /** A helper that knows one registry, and notes how it was called. */
  function makeHelper(name: string, answer: string): void {
    const file = path.join(home, `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\nread key\necho "$* $key" >> "${home}/calls"\n${answer}\n`);
    chmodSync(file, 0o755);
  }

  it('is read with colons in passwords, identity tokens and the addresses of old versions', async () => {
    write({
      auths: {
        'a.example:5000': { auth: Buffer.from('me:pass:with:colons').toString('base64') },
        'https://b.example/v1/': { auth: Buffer.from('b:c').toString('base64') },
        'c.example': { auth: '', identitytoken: 'idt' },
        'https://index.docker.io/v1/': { username: 'hub', password: 'secret' },
        'd.example': {},
      },
      psFormat: 'kept',
    });
    expect(await find('a.example:5000')).toEqual(password('me', 'pass:with:colons'));
    expect(await find('b.example')).toEqual(password('b', 'c'));
    expect(await find('c.example')).toEqual({ kind: 'identity-token', token: 'idt' });
    expect(await find('docker.io')).toEqual(password('hub', 'secret'));
    expect(await find('d.example')).toBeUndefined();
    expect(await find('a.example')).toBeUndefined();
  });

  it('names helpers for some hosts and for all others, and each is asked by its standard input', async () => {
    makeHelper('some', `echo '{"ServerURL":"x","Username":"s","Secret":"1:2"}'`);
    makeHelper('all', `echo '{"ServerURL":"x","Username":"<token>","Secret":"idt"}'`);
    write({
      auths: { 'z.example': {} },
      credHelpers: { '.*\\.example\\.com': 'some', 'x.example': 'some' },
      credsStore: 'all',
    });
    expect(await find('x.example')).toEqual(password('s', '1:2'));
    expect(await find('registry.example.com')).toEqual(password('s', '1:2'));
    expect(await find('z.example')).toEqual({ kind: 'identity-token', token: 'idt' });
  });

  it('tells a helper that knows nothing from one that fails, and quotes no secret', async () => {
    makeHelper('none', 'echo "credentials not found in native keychain"; exit 1');
    makeHelper('broken', `echo '{"Secret":"geheim"}'; exit 3`);
    write({
      credHelpers: {
        'none.example': 'none',
        'broken.example': 'broken',
        'gone.example': 'gone',
        'evil.example': '../x',
      },
    });
    expect(await find('none.example')).toBeUndefined();
    for (const host of ['broken.example', 'gone.example', 'evil.example']) {
      const error = await find(host).then(
        () => undefined,
        (reason: unknown) => AppError.from(reason),
      );
      expect(error?.code).toBe('registry-refused');
      expect(JSON.stringify(error?.toInfo())).not.toContain('geheim');
    }
  });

  it('may be missing, and says without quoting it when it is broken', async () => {
    expect(await find('a.example')).toBeUndefined();
    for (const broken of [
      '{"auths": {"a.example": {"auth": "geheim"',
      { auths: { 'a.example': { auth: 5, password: 'geheim' } } },
    ]) {
      write(broken);
      const error = await find('a.example').then(
        () => undefined,
        (reason: unknown) => AppError.from(reason),
      );
      expect(error?.code).toBe('invalid-input');
      expect(JSON.stringify(error?.toInfo())).not.toContain('geheim');
    }
  });

  it('is listed without secrets', async () => {
    makeHelper('all', `echo '{"https://index.docker.io/v1/":"hubber"}'`);
    write({ auths: { 'a.example': { auth: Buffer.from('me:geheim').toString('base64') } }, credsStore: 'all' });
    const listed = await provider().list(signal);
    expect(listed).toEqual([
      { host: 'a.example', username: 'me', source: 'docker-config', canLogOut: false },
      { host: 'index.docker.io', username: 'hubber', source: 'docker-helper', canLogOut: false },
    ]);
  });
});

describe('a pattern of hosts', () => {
  it('matches a whole host or nothing', () => {
    expect(matchesHost('a.example', 'a.example')).toBe(true);
    expect(matchesHost('[0-9]+\\.dkr\\.ecr\\..*\\.amazonaws\\.com', '123.dkr.ecr.eu-west-1.amazonaws.com')).toBe(true);
    expect(matchesHost('example', 'a.example')).toBe(false);
    expect(matchesHost('.*\\.example', 'a.example.evil')).toBe(false);
    expect(matchesHost('a|b', 'ab')).toBe(false);
    expect(matchesHost('(', 'a.example')).toBe(false);
  });

  it('is given up when it would match for ever', () => {
    expect(matchesHost('(a+)+x', `${'a'.repeat(200)}.example`)).toBe(false);
    expect(matchesHost('(.*)*(.*)*(.*)*!', 'a'.repeat(200))).toBe(false);
  });
});

describe('Tart’s items in the Keychain', () => {
  const attributes = (account: string) =>
    `keychain: "/Users/me/Library/Keychains/login.keychain-db"\nclass: "inet"\nattributes:\n    "acct"<blob>=${account}\n    "srvr"<blob>="a.example"\n`;

  it('are read as Apple’s tool prints them', () => {
    const plain = { stdout: attributes('"me"'), stderr: 'password: "a"b c"\n' };
    expect(parseItem(plain)).toEqual(password('me', 'a"b c'));
    const other = { stdout: attributes('0x6DC3BC  "m\\303\\274"'), stderr: 'password: 0x70C3A4  "p\\303\\244"\n' };
    expect(parseItem(other)).toEqual(password('mü', 'pä'));
    expect(parseItem({ stdout: '', stderr: '' })).toBeUndefined();
  });

  it('are none, or locked, as its exit code says', async () => {
    const ends = (exitCode: number) =>
      tartKeychainProvider({}, () => Promise.resolve({ exitCode, stdout: '', stderr: '' }));
    expect(await ends(44).find('a.example', signal)).toBeUndefined();
    await expect(ends(36).find('a.example', signal)).rejects.toMatchObject({
      code: 'keychain-locked',
      hint: expect.stringContaining('security unlock-keychain login.keychain') as unknown,
    });
  });
});

describe('looking for a login', () => {
  const has = (name: string, host: string): CredentialProvider => ({
    name,
    find: (asked) => Promise.resolve(asked === host ? { kind: 'password', username: name, password: 'x' } : undefined),
    list: () => Promise.resolve([{ host, username: name, source: 'keychain', canLogOut: true }]),
  });
  const locked = new AppError('keychain-locked', 'Locked.');
  const fails: CredentialProvider = {
    name: 'a broken place',
    find: () => Promise.reject(locked),
    list: () => Promise.reject(locked),
  };

  it('takes the first, and warns of places that fail', async () => {
    const warned: string[] = [];
    const options = {
      providers: [fails, has('first', 'a.example'), has('second', 'a.example'), has('third', 'b.example')],
      warn: (message: string) => warned.push(message),
    };
    expect(await credentialsFor('a.example', options)(signal)).toEqual({ credentials: password('first', 'x') });
    expect(warned).toEqual(['a broken place could not be asked for the login to a.example']);
    expect(await credentialsFor('c.example', options)(signal)).toEqual({ problem: locked });
    expect((await listRegistries(signal, options)).map(({ username }) => username)).toEqual(['first', 'third']);
  });
});
