import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { layDownVm, temporaryLibrary } from './testing/temporary-home.ts';

describe('Library.annotate', () => {
  it('changes some fields, and keeps the others and those of a later version', async () => {
    using here = await temporaryLibrary();
    const file = path.join(layDownVm(here.library, 'a'), 'tatin.json');
    writeFileSync(file, '{"notes":"old","tags":["ci"],"fromLater":{"x":1}}');
    await here.library.annotate('a', { notes: 'new' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ notes: 'new', tags: ['ci'], fromLater: { x: 1 } });
    expect(await here.library.get('a')).toMatchObject({
      annotations: { notes: 'new', tags: ['ci'], portForwards: [] },
    });
  });

  it('clears away what a killed change left', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    writeFileSync(path.join(folder, 'tatin.json.1.partial'), '{"not');
    await here.library.annotate('a', { notes: 'new' });
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('loses none of many changes at once', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    const changes = [
      { notes: 'n' },
      { tags: ['t'] },
      { system: 's' },
      { sharedFolders: [{ name: 'f', path: '/f', readOnly: true }] },
    ];
    await Promise.all(changes.map((change) => here.library.annotate('a', change)));
    expect((await here.library.get('a')).annotations).toMatchObject(Object.assign({}, ...changes) as object);
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
  });

  it.each(['{', '[]', 'null', ''])(
    'takes a broken tatin.json (%j) for an empty one, and keeps it when it writes',
    async (text) => {
      using here = await temporaryLibrary();
      const folder = layDownVm(here.library, 'a');
      writeFileSync(path.join(folder, 'tatin.json'), text);
      expect(await here.library.list()).toMatchObject([{ kind: 'machine', annotations: { notes: '' } }]);
      await here.library.annotate('a', { notes: 'new' });
      expect(readFileSync(path.join(folder, 'tatin.json.broken'), 'utf8')).toBe(text);
      expect(await here.library.get('a')).toMatchObject({ annotations: { notes: 'new' } });
    },
  );

  it('reads what it can of a file with one bad field, and keeps the file', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    const text = '{"notes":"good","portForwards":[{"hostPort":0}]}';
    writeFileSync(path.join(folder, 'tatin.json'), text);
    expect(await here.library.annotate('a', { tags: ['t'] })).toMatchObject({
      annotations: { notes: 'good', tags: ['t'], portForwards: [] },
    });
    expect(readFileSync(path.join(folder, 'tatin.json.broken'), 'utf8')).toBe(text);
  });

  it('is not stopped by a folder in the place of the file', async () => {
    using here = await temporaryLibrary();
    const folder = layDownVm(here.library, 'a');
    mkdirSync(path.join(folder, 'tatin.json'));
    expect(await here.library.list()).toMatchObject([{ kind: 'machine' }]);
    await expect(here.library.annotate('a', { notes: 'x' })).rejects.toThrow();
    expect(readdirSync(here.library.home.tmp)).toEqual([]);
    rmSync(path.join(folder, 'tatin.json'), { recursive: true });
    await here.library.annotate('a', { notes: 'x' });
  });

  it('refuses what could not be shown', async () => {
    using here = await temporaryLibrary();
    layDownVm(here.library, 'a');
    await expect(here.library.annotate('a', { tags: ['a,b'] })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(here.library.annotate('none', { notes: '' })).rejects.toMatchObject({ code: 'vm-not-found' });
  });
});
