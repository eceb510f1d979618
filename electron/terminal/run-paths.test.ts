import { homedir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { automountTag, diskOptions, extraDisk, sharedFolders } from './run-paths.ts';

describe('extraDisk', () => {
  it.each([
    ['/a.iso', '/a.iso', false],
    ['/a.iso:ro', '/a.iso', true],
    ['/a:b.img', '/a:b.img', false],
    ['/a:b.img:ro', '/a:b.img', true],
    ['~/a.iso:ro', `${homedir()}/a.iso`, true],
    ['relative.img', `${process.cwd()}/relative.img`, false],
  ])('reads %s', (text, path, readOnly) => {
    expect(extraDisk(text, false)).toEqual({ path, readOnly });
    expect(extraDisk(text, true)).toEqual({ path, readOnly });
  });

  it.each([
    ['/a.img:ro,sync=none', { path: '/a.img', readOnly: true, sync: 'none' }],
    ['/a.img:caching=cached', { path: '/a.img', readOnly: false, caching: 'cached' }],
    ['nbd://host:10809/disk', { path: 'nbd://host:10809/disk', readOnly: false }],
    ['nbds+unix:///disk?socket=/s:ro,sync=none', { path: 'nbds+unix:///disk?socket=/s', readOnly: true, sync: 'none' }],
  ])('reads %s on a Mac', (text, disk) => {
    expect(extraDisk(text, true)).toEqual(disk);
  });

  it.each(['/a.img:ro,sync=none', '/a.img:caching=cached', 'nbd://host:10809/disk', 'nbds+unix:///disk?socket=/s'])(
    'says why %s can not be had here',
    (text) => {
      expect(() => extraDisk(text, false)).toThrow(expect.objectContaining({ code: 'not-supported' }));
    },
  );

  it('refuses an option that it does not know beside one that it does', () => {
    expect(() => extraDisk('/a.img:ro,sync=often')).toThrow("'sync=often' is not one of");
  });
});

describe('diskOptions', () => {
  it('reads all of them in any order', () => {
    const parts = {
      ro: { readOnly: true },
      'sync=fsync': { sync: 'fsync' },
      'caching=uncached': { caching: 'uncached' },
    };
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.entries(parts), { minLength: 1 }), (chosen) => {
        const expected = Object.assign({}, ...chosen.map(([, value]) => value)) as object;
        expect(diskOptions(chosen.map(([text]) => text).join(','))).toEqual(expected);
      }),
    );
  });

  it.each(['', 'rw', 'sync', 'sync=', 'sync=none=full', 'caching=full', 'ro,'])('refuses %j', (text) => {
    expect(() => diskOptions(text)).toThrow('is not one of');
  });
});

describe('sharedFolders', () => {
  const one = (text: string) => sharedFolders([text])[0];

  it.each([
    ['/src', { path: '/src', readOnly: false, tag: automountTag }],
    ['/src:ro', { path: '/src', readOnly: true, tag: automountTag }],
    ['work:/src', { path: '/src', readOnly: false, tag: 'work', name: 'work' }],
    ['work:/src:ro', { path: '/src', readOnly: true, tag: 'work', name: 'work' }],
    ['work:/src:tag=t,ro', { path: '/src', readOnly: true, tag: 't', name: 'work' }],
    ['/src:ro,tag=t', { path: '/src', readOnly: true, tag: 't' }],
    ['work:/a:b', { path: '/a:b', readOnly: false, tag: 'work' }],
    ['~', { path: homedir(), readOnly: false, tag: automountTag }],
  ])('reads %s', (text, share) => {
    expect(one(text)).toMatchObject(share);
  });

  it('wants names for several, as Tart does', () => {
    expect(() => sharedFolders(['/a', 'b:/b'])).toThrow('each one of them should be named');
    expect(sharedFolders(['a:/a', 'b:/b']).map(({ tag }) => tag)).toEqual(['a', 'b']);
    expect(sharedFolders(['/a:tag=x', 'b:/b']).map(({ tag }) => tag)).toEqual(['x', 'b']);
  });

  it.each(['https://example.org/a.tar.gz', 'name:http://example.org/a.tar.gz:ro'])(
    'says that %s must be here',
    (text) => {
      expect(() => one(text)).toThrow(expect.objectContaining({ code: 'not-supported' }));
    },
  );

  it.each(['', ':', 'name:', ':/path'])('refuses %j', (text) => {
    expect(() => one(text)).toThrow('must look like');
  });
});
