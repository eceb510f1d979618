import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('bin/tatin', () => {
  /** @type {string} */
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tatin launcher '));
    for (const name of ['project/bin', 'project/dist/main', 'project/node_modules/.bin', 'elsewhere'])
      mkdirSync(join(folder, name), { recursive: true });
    copyFileSync(join(import.meta.dirname, '../bin/tatin'), join(folder, 'project/bin/tatin'));
    symlinkSync(process.execPath, join(folder, 'project/node_modules/.bin/node'));
    writeFileSync(
      join(folder, 'project/dist/main/cli.js'),
      'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 5;',
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** @param {string} file @param {string[]} args @param {string} [cwd] */
  const run = (file, args, cwd = folder) => spawnSync(file, args, { cwd, encoding: 'utf8' });

  it('passes arguments on as they are, and the exit code back', () => {
    const result = run(join(folder, 'project/bin/tatin'), ['list', 'two words', '', '$HOME']);
    expect(JSON.parse(result.stdout)).toEqual(['list', 'two words', '', '$HOME']);
    expect(result.status).toBe(5);
  });

  it('finds its project through a chain of links, absolute and relative, from any folder', () => {
    symlinkSync('../project/bin/tatin', join(folder, 'elsewhere/first'));
    symlinkSync(join(folder, 'elsewhere/first'), join(folder, 'elsewhere/tatin'));
    expect(run(join(folder, 'elsewhere/tatin'), ['x'], '/').stdout).toBe('["x"]\n');
    expect(run('./tatin', ['x'], join(folder, 'elsewhere')).stdout).toBe('["x"]\n');
  });

  it('says what to do in a checkout that is not built', () => {
    rmSync(join(folder, 'project/dist'), { recursive: true });
    const result = run(join(folder, 'project/bin/tatin'), ['list']);
    expect(result.stderr).toContain('npm run setup');
    expect(result.status).toBe(1);
  });

  it('refuses a Node that is too old', () => {
    rmSync(join(folder, 'project/node_modules'), { recursive: true });
    writeFileSync(join(folder, 'elsewhere/node'), '#!/bin/sh\necho false\n', { mode: 0o755 });
    const env = { PATH: `${join(folder, 'elsewhere')}:/usr/bin:/bin` };
    const result = spawnSync(join(folder, 'project/bin/tatin'), ['list'], { env, encoding: 'utf8' });
    expect(result.stderr).toContain('Node 24');
    expect(result.status).toBe(1);
  });
});
