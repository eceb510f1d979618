import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepLinkText, parseDeepLink } from './deep-link.ts';

describe('parseDeepLink', () => {
  it.each([
    ['tatin://open', { verb: 'open' }],
    ['tatin://open/', { verb: 'open' }],
    ['TATIN://Open', { verb: 'open' }],
    ['tatin://show/web', { verb: 'show', name: 'web' }],
    ['tatin://show/my%20web', { verb: 'show', name: 'my web' }],
    ['tatin://pull/ghcr.io/cirruslabs/ubuntu', { verb: 'pull', reference: 'ghcr.io/cirruslabs/ubuntu' }],
    ['tatin://pull/localhost:5000/a/b:1.2', { verb: 'pull', reference: 'localhost:5000/a/b:1.2' }],
    [
      `tatin://pull/ghcr.io/a/b@sha256:${'0'.repeat(64)}`,
      { verb: 'pull', reference: `ghcr.io/a/b@sha256:${'0'.repeat(64)}` },
    ],
  ])('reads %s', (text, link) => {
    expect(parseDeepLink(text)).toEqual(link);
  });

  it.each([
    ['a verb that does something', 'tatin://start/web'],
    ['a verb that ends something', 'tatin://delete/web'],
    ['no verb', 'tatin://'],
    ['another scheme', 'https://show/web'],
    ['something before it', ' tatin://open'],
    ['a path in place of a name', 'tatin://show/..%2F..%2Fetc'],
    ['a name of nothing', 'tatin://show/'],
    ['a name with a line in it', 'tatin://show/a%0Ab'],
    ['a name that turns the text around', 'tatin://show/a%E2%80%AEb'],
    ['broken escapes', 'tatin://show/%E0%A4%A'],
    ['an image of nowhere', 'tatin://pull/ubuntu'],
    ['an option in place of an image', 'tatin://pull/--insecure'],
    ['an image with a blank', 'tatin://pull/ghcr.io/a%20b'],
    ['a login in an image', 'tatin://pull/me:secret@ghcr.io/a/b'],
    ['more than anybody means', `tatin://show/${'a'.repeat(2000)}`],
  ])('reads nothing from %s', (_what, text) => {
    expect(parseDeepLink(text)).toBeUndefined();
  });

  it('reads back what it writes, and never throws', () => {
    const names = fc.stringMatching(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,40}$/u);
    fc.assert(
      fc.property(names, (name) => {
        expect(parseDeepLink(deepLinkText({ verb: 'show', name }))).toEqual({ verb: 'show', name });
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void parseDeepLink(`tatin://${text}`)));
  });
});
