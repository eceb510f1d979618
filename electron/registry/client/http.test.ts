import { mkdirSync, mkdtempSync, copyFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './registry-client.ts';
import { startForwardProxy } from './testing/forward-proxy.ts';
import { startRegistry } from './testing/registry.ts';
import { trustedCertificates } from './trust.ts';

const { signal } = new AbortController();
const retries = { attempts: 1, pauseMs: 1, maxPauseMs: 1 };

describe('a registry behind a proxy', () => {
  it('is asked through it, encrypted by a tunnel', async () => {
    await using registry = await startRegistry({ tls: true });
    await using proxy = await startForwardProxy(registry.host);
    // The certificate is for localhost; that name itself is never asked of a proxy.
    const env = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: registry.caFile };
    await using client = openRegistry({ host: 'registry.example', env, retries });
    await expect(client.ping(signal)).rejects.toMatchObject({
      code: 'certificate-not-trusted',
      message: expect.stringContaining('another name') as unknown,
    });
    expect(proxy.passed).toEqual(['CONNECT registry.example:443']);
  });

  it('is asked through it without encryption', async () => {
    await using registry = await startRegistry();
    await using proxy = await startForwardProxy(registry.host);
    await using client = openRegistry({
      host: 'registry.example',
      insecure: true,
      env: { HTTP_PROXY: proxy.url },
      retries,
    });
    await client.ping(signal);
    expect(proxy.passed).toHaveLength(1);
    await using excepted = openRegistry({
      host: registry.host,
      insecure: true,
      env: { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.0/8' },
      retries,
    });
    await excepted.ping(signal);
    expect(proxy.passed).toHaveLength(1);
  });

  it('is said to be out of reach when the proxy refuses us, without the proxy’s password', async () => {
    await using registry = await startRegistry();
    await using proxy = await startForwardProxy(registry.host);
    const HTTP_PROXY = proxy.url.replace('proxy-password', 'geheim');
    await using client = openRegistry({ host: 'registry.example', insecure: true, env: { HTTP_PROXY }, retries });
    const error: unknown = await client.ping(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: expect.stringMatching(/^registry-/) as unknown });
    expect(String(error) + JSON.stringify(error)).not.toContain('geheim');
  });
});

describe('what is trusted', () => {
  it('is Node’s own list, and what Docker, the environment and the settings name', async () => {
    await using registry = await startRegistry({ tls: true });
    const config = mkdtempSync(path.join(tmpdir(), 'tatin-trust-'));
    try {
      const env = { DOCKER_CONFIG: config };
      expect(trustedCertificates(registry.host, { env })).toBeUndefined();
      const folder = path.join(config, 'certs.d', registry.host);
      mkdirSync(folder, { recursive: true });
      copyFileSync(registry.caFile!, path.join(folder, 'ca.crt'));
      expect(trustedCertificates('other.example', { env })).toBeUndefined();
      await using client = openRegistry({ host: registry.host, env, retries });
      await client.ping(signal);
    } finally {
      rmSync(config, { recursive: true, force: true });
    }
  });

  it('must be certificates, in files that are there', () => {
    expect(() => trustedCertificates('a.example', { env: { SSL_CERT_FILE: '/no/such/file' } })).toThrow(
      'can’t be read',
    );
    expect(() => trustedCertificates('a.example', { env: {}, caFiles: ['/etc/hosts'] })).toThrow('no certificate');
  });
});
