import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { listFolder } from './list-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => (folder = temporaryFolder()));
afterEach(() => folder[Symbol.dispose]());

const at = (name: string): string => path.join(folder.path, name);
const names = async (extensions: string[] = []): Promise<string[]> =>
  (await listFolder(folder.path, extensions)).entries.map(({ name }) => name);

describe('listFolder', () => {
  it('shows folders first, then files by name, and nothing hidden', async () => {
    mkdirSync(at('zoo'));
    mkdirSync(at('.git'));
    for (const name of ['b.iso', 'a.txt', '.hidden']) writeFileSync(at(name), '12345');
    expect(await names()).toEqual(['zoo', 'a.txt', 'b.iso']);
    const { entries, parent } = await listFolder(folder.path, []);
    expect(entries[2]).toEqual({ name: 'b.iso', path: at('b.iso'), isFolder: false, bytes: 5 });
    expect(parent).toBe(path.dirname(folder.path));
  });

  it('keeps only files of the wanted kind, however they are spelled, and all folders', async () => {
    mkdirSync(at('discs'));
    for (const name of ['a.ISO', 'b.iso', 'c.txt']) writeFileSync(at(name), '');
    expect(await names(['.iso'])).toEqual(['discs', 'a.ISO', 'b.iso']);
  });

  it('follows links and leaves broken ones out', async () => {
    mkdirSync(at('real'));
    symlinkSync(at('real'), at('link'));
    symlinkSync(at('nowhere'), at('broken'));
    expect(await names()).toEqual(['link', 'real']);
    expect((await listFolder(at('link'), [])).path).toBe(at('real'));
  });

  it('shows at most 2,000 of what fits, also where more that does not comes before', async () => {
    for (let index = 0; index < 2_100; index++) writeFileSync(at(`a${index}.txt`), '');
    writeFileSync(at('z.iso'), '');
    expect(await names(['.iso'])).toEqual(['z.iso']);
    expect(await names()).toHaveLength(2_000);
  });

  it('says why a folder can not be shown', async () => {
    writeFileSync(at('file'), '');
    await expect(listFolder('relative', [])).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(listFolder(at('none'), [])).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(listFolder(at('file'), [])).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(listFolder('/a\0b', [])).rejects.toMatchObject({ code: 'file-not-found' });
  });

  it('has no parent at the top', async () => {
    expect(await listFolder('/', [])).not.toHaveProperty('parent');
  });
});
