import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { type ReplaceOptions, replaceFile, replaceFileSync } from './replace-file.ts';

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
