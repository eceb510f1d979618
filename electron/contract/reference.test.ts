import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { parseHost, parseReference, parseRepository, printReference, splitReference } from './reference.ts';

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
});

describe('a reference that is being typed', () => {
  it.each([
    ['', { host: '', repository: '', name: '', suffix: '' }],
    ['ghcr.io', { host: 'ghcr.io', repository: 'ghcr.io', name: '', suffix: '' }],
    ['localhost:5000', { host: 'localhost:5000', repository: 'localhost:5000', name: '', suffix: '' }],
    ['localhost:5000/a/b', { host: 'localhost:5000', repository: 'localhost:5000/a/b', name: 'b', suffix: '' }],
    ['h/a/b:', { host: 'h', repository: 'h/a/b', name: 'b', suffix: ':' }],
    ['h/a/b:1.2', { host: 'h', repository: 'h/a/b', name: 'b', suffix: ':1.2' }],
    [`h/a@${sha}`, { host: 'h', repository: 'h/a', name: 'a', suffix: `@${sha}` }],
  ])('%j falls into its parts', (text, parts) => {
    expect(splitReference(text)).toEqual(parts);
  });

  it('is what it was when its parts are put together', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '/', ':', '@', '.') });
    fc.assert(
      fc.property(text, (typed) => {
        const { repository, suffix } = splitReference(typed);
        expect(repository + suffix).toBe(typed);
      }),
    );
  });
});
