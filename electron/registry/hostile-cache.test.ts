import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home } from '../library/home.ts';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { markFiles, unpin } from './cache/marks.ts';
import { PullFolder, pullFolderOf } from './cache/pull-folder.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const options = { signal: new AbortController().signal, onWait: () => undefined, prepare: () => Promise.resolve() };

describe('A cache into which others put what waits', () => {
  it.each(['a named pipe', 'a folder'])('has %s for the journal of a pull, which begins without', async (what) => {
    using folder = temporaryFolder();
    const home = new Home(folder.path);
    (await PullFolder.open(home, digest, 4096, options))[Symbol.dispose]();
    const journal = path.join(pullFolderOf(home, digest), 'journal');
    execFileSync('rm', ['-f', journal]);
    if (what === 'a folder') mkdirSync(journal);
    else execFileSync('mkfifo', [journal]);
    using pull = await PullFolder.open(home, digest, 4096, options);
    expect(pull.states.size).toBe(0);
  });

  it('keeps a mark of others when an image is unpinned', async () => {
    using folder = temporaryFolder();
    const explicit = path.join(folder.path, markFiles.explicitlyPulled);
    execFileSync('mkfifo', [explicit]);
    writeFileSync(path.join(folder.path, markFiles.pinned), '');
    await unpin(folder.path);
    expect(existsSync(explicit)).toBe(true);
    expect(existsSync(path.join(folder.path, markFiles.pinned))).toBe(false);
  });
});
