import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../library/testing/temporary-home.ts';
import { cacheFolder, homePath, runtimeFolder, stateFolder } from './folders.ts';
import { preparePrivateFolder, projectRoot } from './paths.ts';

afterEach(() => vi.unstubAllEnvs());

describe('folders', () => {
  it('are where the environment says', () => {
    vi.stubEnv('TART_HOME', '/a');
    vi.stubEnv('TATIN_STATE', '/b');
    vi.stubEnv('TATIN_CACHE', '/c');
    vi.stubEnv('TATIN_RUNTIME', '/d');
    expect([homePath(), stateFolder(), cacheFolder(), runtimeFolder()]).toEqual(['/a', '/b', '/c', '/d']);
  });

  it('are Tart’s own and the system’s where it says nothing, or says it with nothing', () => {
    for (const name of ['TART_HOME', 'TATIN_STATE', 'TATIN_CACHE', 'TATIN_RUNTIME']) vi.stubEnv(name, '');
    expect(homePath()).toBe(path.join(homedir(), '.tart'));
    for (const folder of [stateFolder(), cacheFolder(), runtimeFolder()])
      expect(path.isAbsolute(folder) && /tatin/i.test(folder), folder).toBe(true);
  });
});

describe('preparePrivateFolder', () => {
  it('makes a folder that nobody else can enter, and closes one that others could', async () => {
    using parent = temporaryFolder();
    const folder = path.join(parent.path, 'run/tatin');
    await preparePrivateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    chmodSync(folder, 0o755);
    await preparePrivateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('does not trust a link, which another user could turn elsewhere', async () => {
    using parent = temporaryFolder();
    mkdirSync(path.join(parent.path, 'theirs'));
    symlinkSync(path.join(parent.path, 'theirs'), path.join(parent.path, 'run'));
    await expect(preparePrivateFolder(path.join(parent.path, 'run'))).rejects.toMatchObject({ code: 'not-allowed' });
  });
});

describe('projectRoot', () => {
  it('holds package.json', () => {
    expect(statSync(path.join(projectRoot(), 'package.json')).isFile()).toBe(true);
  });
});
