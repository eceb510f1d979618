import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';

const proxy = 'http://proxy.example:3128/';
const via = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env);

describe('the proxy for an address', () => {
  it('is that of its scheme, in either case', () => {
    expect(via('https://r.example/', { HTTPS_PROXY: proxy })).toBe(proxy);
    expect(via('https://r.example/', { https_proxy: 'proxy.example:3128' })).toBe(proxy);
    expect(via('http://r.example/', { HTTPS_PROXY: proxy })).toBeUndefined();
    expect(via('http://r.example/', { ALL_PROXY: proxy })).toBe(proxy);
    expect(via('https://r.example/', { HTTPS_PROXY: 'http://me:p%40w@proxy.example:3128' })).toBe(
      'http://me:p%40w@proxy.example:3128/',
    );
  });

  it('is none for this computer', () => {
    for (const host of ['localhost:5000', '127.0.0.1', '[::1]:5000', 'a.localhost'])
      expect(via(`http://${host}/`, { HTTP_PROXY: proxy })).toBeUndefined();
  });

  it.each([
    ['*', true],
    ['r.example', true],
    ['R.Example', true],
    ['example', true],
    ['.example', true],
    ['*.example', true],
    ['.r.example', false],
    ['xample', false],
    ['r.example:443', true],
    ['r.example:444', false],
    ['a, b r.example', true],
    ['10.0.0.0/8', false],
  ])('NO_PROXY=%s excepts r.example: %s', (list, isExcepted) => {
    expect(via('https://r.example/', { HTTPS_PROXY: proxy, NO_PROXY: list })).toBe(isExcepted ? undefined : proxy);
  });

  it.each([
    ['10.0.0.0/8', true],
    ['10.1.2.3', true],
    ['10.1.2.0/33', false],
    ['fd00::/8', false],
  ])('NO_PROXY=%s excepts 10.1.2.3: %s', (list, isExcepted) => {
    expect(via('https://10.1.2.3/', { HTTPS_PROXY: proxy, NO_PROXY: list })).toBe(isExcepted ? undefined : proxy);
    expect(via('https://[fd00::1]/', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8,x' })).toBeUndefined();
  });

  it('must speak HTTP', () => {
    for (const wrong of ['socks5://proxy.example', 'https://proxy.example', 'http://'])
      expect(() => via('https://r.example/', { HTTPS_PROXY: wrong })).toThrow('proxy');
  });
});
