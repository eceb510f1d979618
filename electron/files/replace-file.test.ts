import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { deleteLeftOvers, type ReplaceOptions, replaceFile, replaceFileSync } from './replace-file.ts';

describe.each<[string, (file: string, text: string, options?: ReplaceOptions) => Promise<void>]>([
  ['replaceFile', replaceFile],
  [
    'replaceFileSync',
    (...given) =>
      Promise.resolve().then(() => {
        replaceFileSync(...given);
      }),
  ],
])('%s', (_name, replace) => {
  it('replaces the whole file and leaves nothing beside it', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'note');
    await replace(file, 'one');
    const texts = Array.from({ length: 20 }, (_, n) => `text ${n}`);
    await Promise.all(texts.map((text) => replace(file, text)));
    expect(texts).toContain(readFileSync(file, 'utf8'));
    expect(readdirSync(folder.path)).toEqual(['note']);
  });

  it('leaves nothing beside it, and the old file, when it fails', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'note');
    mkdirSync(file);
    await expect(replace(file, 'text')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readdirSync(folder.path)).toEqual(['note']);
  });

  it('replaces a link or a named pipe and writes to neither', async () => {
    using folder = temporaryFolder();
    const at = (name: string): string => path.join(folder.path, name);
    writeFileSync(at('precious'), 'stays');
    symlinkSync(at('precious'), at('link'));
    execFileSync('mkfifo', [at('pipe')]);
    for (const name of ['link', 'pipe']) {
      await replace(at(name), 'new', { flush: true });
      expect(lstatSync(at(name)).isFile()).toBe(true);
    }
    expect(readFileSync(at('precious'), 'utf8')).toBe('stays');
  });

  it('keeps private what is private, whatever the old file allowed', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'note');
    writeFileSync(file, 'old');
    chmodSync(file, 0o666);
    await replace(file, 'new', { mode: 0o600 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('replaceFile', () => {
  it('leaves nothing beside the old file when what writes the new one fails', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'note');
    writeFileSync(file, 'old');
    const failing = replaceFile(file, async (handle) => {
      await handle.write('half');
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder.path)).toEqual(['note']);
  });
});

describe('deleteLeftOvers', () => {
  it('deletes what killed replacements of the file have left, as old as is said, and nothing else', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'note');
    const names = ['note', 'note.1.partial', 'note.2.partial', 'note.partial.kept', 'notes.1.partial'];
    for (const name of names) writeFileSync(path.join(folder.path, name), '');
    const old = new Date(Date.now() - 3_600_000);
    utimesSync(path.join(folder.path, 'note.1.partial'), old, old);
    await deleteLeftOvers(file, 60_000);
    expect(readdirSync(folder.path).sort()).toEqual(names.filter((name) => name !== 'note.1.partial').sort());
    await deleteLeftOvers(file, 0);
    expect(readdirSync(folder.path).sort()).toEqual(['note', 'note.partial.kept', 'notes.1.partial']);
  });
});
