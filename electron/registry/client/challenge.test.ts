import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';
import { nextPage } from './tags.ts';

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('WWW-Authenticate', () => {
  it.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:samalba/my-app:pull,push"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:samalba/my-app:pull,push',
          },
        ],
      ],
    ],
    ['Basic realm=registry', [['basic', { realm: 'registry' }]]],
    ['Basic', [['basic', {}]]],
    ['BEARER  realm = "a" ,  service="b"\t,, scope=c', [['bearer', { realm: 'a', service: 'b', scope: 'c' }]]],
    [
      'Negotiate, Basic realm="a, b", Bearer realm="c \\"d\\"",error=invalid_token',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a, b' }],
        ['bearer', { realm: 'c "d"', error: 'invalid_token' }],
      ],
    ],
    [
      'Negotiate abc123==, Basic realm="a"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a' }],
      ],
    ],
    ['Bearer realm=https://x/token?a=b,service=s', [['bearer', { realm: 'https://x/token?a=b', service: 's' }]]],
    ['', []],
    ['"stray" Basic', []],
    ['Bearer realm="unclosed', [['bearer', { realm: '' }]]],
  ])('%s is understood', (header, expected) => {
    expect(plain(header)).toEqual(expected);
  });

  const token = fc.stringMatching(/^[a-z][a-z0-9_-]{0,7}$/);
  const value = fc.string({ maxLength: 20 });
  const gap = fc.constantFrom(',', ', ', ' ,\t', ',,');

  it('is understood whatever is quoted in it', () => {
    fc.assert(
      fc.property(token, fc.dictionary(token, value, { minKeys: 1 }), gap, (scheme, parameters, comma) => {
        const quote = (text: string) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
        const parts = Object.entries(parameters).map(([name, text]) => `${name}=${quote(text)}`);
        expect(plain(`${scheme} ${parts.join(comma)}`)).toEqual([[scheme, { ...parameters }]]);
      }),
    );
  });

  it('never throws, and is read in one go however long it is', () => {
    fc.assert(fc.property(fc.string(), (header) => void parseChallenges(header)));
    for (const piece of ['a ', 'a=', '"', '\\"', ', ', 'a="', 'a b=c,']) parseChallenges(piece.repeat(50_000));
  });
});

describe('Link', () => {
  it.each([
    ['</v2/a/tags/list?last=b&n=2>; rel="next"', '/v2/a/tags/list?last=b&n=2'],
    ['<https://h/x>;rel=next', 'https://h/x'],
    ['</first>; rel="first", </second>; rel="prev next"; title="a"', '/second'],
    ['</a>; rel="nextish"', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s leads on to %s', (header, address) => {
    expect(nextPage(header)).toBe(address);
  });
});
