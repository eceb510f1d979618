import { describe, expect, it } from 'vitest';
import {
  allowedHosts,
  browserWords,
  isAskedByOthers,
  isLoopbackAddress,
  isVisit,
  plainAddress,
  sourceOf,
} from './visitors.ts';

describe('allowedHosts', () => {
  it('are the names of this computer for a loopback address', () => {
    expect([...allowedHosts('127.0.0.1', 8080)].sort()).toEqual(['127.0.0.1:8080', '[::1]:8080', 'localhost:8080']);
  });

  it('are only those that were given for another', () => {
    expect([...allowedHosts('10.0.0.5', 8443, ['vm.example'])]).toEqual(['10.0.0.5:8443', 'vm.example:8443']);
    expect([...allowedHosts('fd00::1', 8443)]).toEqual(['[fd00::1]:8443']);
  });

  it('may lack the port that browsers leave out', () => {
    expect(allowedHosts('10.0.0.5', 443, ['vm.example']).has('vm.example')).toBe(true);
    expect(allowedHosts('10.0.0.5', 8443, ['vm.example']).has('vm.example')).toBe(false);
  });
});

describe('isLoopbackAddress', () => {
  it('knows what only this computer can reach', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) expect(isLoopbackAddress(host), host).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example', '128.0.0.1', ''])
      expect(isLoopbackAddress(host), host).toBe(false);
  });
});

describe('sourceOf', () => {
  it('is an IPv4 address, and the network of an IPv6 address', () => {
    const sources: [address: string, source: string][] = [
      ['192.0.2.1', '192.0.2.1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['::FFFF:192.0.2.1', '192.0.2.1'],
      ['2001:db8::1', '2001:db8:0:0::/64'],
      ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
      ['2001:DB8:0000:00a1::', '2001:db8:0:a1::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['::', '0:0:0:0::/64'],
      ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
    ];
    for (const [address, source] of sources) expect(sourceOf(address), address).toBe(source);
    expect(plainAddress('::ffff:127.0.0.1')).toBe('127.0.0.1');
  });
});

describe('what browsers say of who asks', () => {
  const asked = (site: string, mode: string, dest: string, method = 'GET'): Parameters<typeof isAskedByOthers>[0] => ({
    method,
    headers: { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest },
  });

  it('lets people be led here, and pages of this server ask', () => {
    for (const site of ['none', 'cross-site', 'same-site', 'same-origin'])
      expect(isAskedByOthers(asked(site, 'navigate', 'document')), site).toBe(false);
    expect(isAskedByOthers(asked('same-origin', 'cors', 'empty', 'POST'))).toBe(false);
    expect(isAskedByOthers(asked('none', 'no-cors', 'image'))).toBe(false);
    expect(isAskedByOthers({ method: 'GET', headers: {} })).toBe(false);
  });

  it('lets pages of others, of other ports too, ask for nothing', () => {
    for (const site of ['cross-site', 'same-site', 'new-site'])
      for (const [mode, dest] of [
        ['no-cors', 'image'],
        ['no-cors', 'script'],
        ['cors', 'empty'],
        ['navigate', 'iframe'],
        ['navigate', 'object'],
        ['websocket', 'empty'],
      ] as const)
        expect(isAskedByOthers(asked(site, mode, dest)), `${site} ${dest}`).toBe(true);
    expect(isAskedByOthers(asked('cross-site', 'navigate', 'document', 'POST'))).toBe(true);
  });

  it('tells a visit from what is loaded otherwise or ahead', () => {
    expect(isVisit({ headers: {} })).toBe(true);
    expect(isVisit(asked('none', 'navigate', 'document'))).toBe(true);
    expect(isVisit(asked('same-origin', 'cors', 'empty'))).toBe(false);
    expect(isVisit({ headers: { 'sec-purpose': 'prefetch;prerender' } })).toBe(false);
    expect(isVisit({ headers: { purpose: 'prefetch' } })).toBe(false);
  });
});

describe('browserWords', () => {
  it('name it, in words of ours only', () => {
    const words: [userAgent: string, words: string][] = [
      ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
      [
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
        'Edge on Windows',
      ],
      [
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
        'Safari on macOS',
      ],
      [
        'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
        'Chrome on Android',
      ],
      ['curl/8.5.0', 'Another program'],
      ['<script>alert(1)</script>\u001b[2J', 'Another program'],
      ['', 'Another program'],
    ];
    for (const [userAgent, name] of words) expect(browserWords(userAgent)).toBe(name);
  });
});
