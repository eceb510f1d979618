import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { cachePathOf, parseHost, parseReference, parseRepository, printReference } from './reference.ts';

const sha = `sha256:${'0a'.repeat(32)}`;

describe('a reference', () => {
  it.each([
    ['ghcr.io/cirruslabs/macos-tahoe-base', 'ghcr.io', 'cirruslabs/macos-tahoe-base', 'latest'],
    ['localhost/x:1', 'localhost', 'x', '1'],
    ['127.0.0.1:5000/a/b-c_d.e:v1.2-rc_3', '127.0.0.1:5000', 'a/b-c_d.e', 'v1.2-rc_3'],
    ['Host-1.Example/Name./UPPER:Tag', 'Host-1.Example', 'Name./UPPER', 'Tag'],
  ])('%s is read as Tart reads it', (text, host, namespace, tag) => {
    expect(parseReference(text)).toEqual({ host, namespace, tag });
  });

  it('leads to an image by its digest', () => {
    expect(parseReference(`a.b/c@${sha}`)).toEqual({ host: 'a.b', namespace: 'c', digest: sha });
  });

  it.each([
    ['web', 'no slash'],
    ['', 'no slash'],
    ['https://ghcr.io/a/b', 'without http'],
    ['ghcr.io/', 'is missing'],
    ['/a', 'not the name of a host'],
    ['a//b', 'is missing'],
    ['a/../b', '“..”'],
    ['a/./b', '“.”'],
    ['../a/b', '“..”'],
    ['a/b:..', 'not a tag'],
    ['a/b:', 'not a tag'],
    ['a/b:c/d', 'not a tag'],
    ['a/b@sha256:12', '64 hexadecimal'],
    [`a/b@${sha.toUpperCase()}`, '64 hexadecimal'],
    [`a/b:tag@${sha}`, 'not a tag'],
    ['a/b@md5:12', '64 hexadecimal'],
    ['a--b/c', 'not the name of a host'],
    ['a_b/c', 'not the name of a host'],
    ['a:0/c', 'not a port'],
    ['a:65536/c', 'not a port'],
    ['a:b/c', 'not a port'],
    ['a/b__c', 'may hold only'],
    ['a/-b', 'may hold only'],
    ['a/b\n', 'may hold only'],
    ['a/b:c\n', 'not a tag'],
    ['a/ä', 'may hold only'],
    ['a/b%2e', 'may hold only'],
    ['a\\b/c', 'not the name of a host'],
    [`a/${'b'.repeat(256)}`, 'may hold only'],
    [`a/${'b/'.repeat(600)}c`, 'longer than'],
  ])('%j is refused with the reason', (text, reason) => {
    const read = () => parseReference(text);
    expect(read).toThrow(AppError);
    expect(read).toThrow(reason);
  });

  it('may be a repository or a host alone where those are wanted', () => {
    expect(parseRepository('a.b:5000/c/d')).toEqual({ host: 'a.b:5000', namespace: 'c/d' });
    expect(() => parseRepository('a.b/c:d')).toThrow('no tag');
    expect(parseHost('a.b:5000')).toBe('a.b:5000');
    for (const wrong of ['', 'http://a.b', 'a.b/', 'a b', 'a.b:']) expect(() => parseHost(wrong)).toThrow(AppError);
  });

  it('has the path in the cache that Tart gives it', () => {
    expect(cachePathOf(parseReference('h:5000/a/b:c'))).toEqual(['h%3A5000', 'a', 'b', 'c']);
    expect(cachePathOf(parseReference(`h/a@${sha}`))).toEqual(['h', 'a', sha]);
  });

  const word = fc.stringMatching(/^[a-zA-Z0-9]{1,8}$/);
  const joined = (...separators: string[]) =>
    fc
      .tuple(word, fc.array(fc.tuple(fc.constantFrom(...separators), word), { maxLength: 3 }))
      .map(([first, more]) => first + more.flat().join(''));
  const host = fc
    .tuple(joined('.', '-'), fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }))
    .map(([name, port]) => (port === undefined ? name : `${name}:${port}`));
  const namespace = fc.array(joined('.', '_', '-'), { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

  it('is printed as it was read', () => {
    fc.assert(
      fc.property(host, namespace, joined('.', '_', '-'), (at, name, tag) => {
        const reference = parseReference(`${at}/${name}:${tag}`);
        expect(reference).toEqual({ host: at, namespace: name, tag });
        expect(parseReference(printReference(reference))).toEqual(reference);
      }),
    );
  });

  it('never leads out of the cache, whatever is typed', () => {
    const nasty = fc.array(
      fc.constantFrom('.', '..', '/', ':', '@', 'a', 'B1', '-', '_', '%', '\\', '\0', ' ', sha, 'é'),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          nasty.map((parts) => parts.join('')),
          fc.string(),
        ),
        (text) => {
          let pieces: readonly string[];
          try {
            pieces = cachePathOf(parseReference(text));
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            return;
          }
          const folder = path.join('/cache', ...pieces);
          expect(folder.startsWith('/cache/')).toBe(true);
          expect(folder.split('/')).toHaveLength(pieces.length + 2);
        },
      ),
      { numRuns: 500 },
    );
  });
});
