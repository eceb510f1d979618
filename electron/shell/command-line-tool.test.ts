import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunCommand } from '../host/command-runner.ts';
import { administratorScript, installTool, lookAtLink, toolPlaces, type ToolPlaces } from './command-line-tool.ts';

let root: string;
let places: ToolPlaces;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'tatin-tool-'));
  const tool = path.join(root, "My 'App'.app/Contents/Resources/bin/tatin");
  mkdirSync(path.dirname(tool), { recursive: true });
  writeFileSync(tool, '#!/bin/sh\n', { mode: 0o755 });
  places = { tool, link: path.join(root, 'local/bin/tatin') };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('The command line tool', () => {
  it('is linked where a shell finds it, once', async () => {
    expect(await installTool(places)).toBe('installed');
    expect(readlinkSync(places.link)).toBe(places.tool);
    expect(readdirSync(path.dirname(places.link))).toEqual(['tatin']);
    expect(await installTool(places)).toBe('was there');
  });

  it('takes the place of another Tatin’s, and of nothing else', async () => {
    mkdirSync(path.dirname(places.link), { recursive: true });
    symlinkSync('/Applications/Old.app/Contents/Resources/bin/tatin', places.link);
    expect(await lookAtLink(places)).toMatchObject({ kind: 'other' });
    await installTool(places);
    rmSync(places.link);
    writeFileSync(places.link, 'somebody’s script');
    await expect(installTool(places)).rejects.toMatchObject({ code: 'not-allowed', message: /something else/ });
    expect(readFileSync(places.link, 'utf8')).toBe('somebody’s script');
  });

  it('asks macOS for an administrator where the folder is not the user’s, by one command', async () => {
    const asked: string[][] = [];
    const cancel: RunCommand = (program, args) => {
      asked.push([program, ...args]);
      return Promise.resolve({ exitCode: 1, stdout: '', stderr: 'execution error: User canceled. (-128)' });
    };
    // Nobody may make a folder there, not even root.
    const link = process.platform === 'darwin' ? '/System/tatin-nowhere/tatin' : '/sys/tatin-nowhere/tatin';
    await expect(installTool({ ...places, link }, { platform: 'darwin', run: cancel })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(asked).toEqual([['/usr/bin/osascript', '-e', administratorScript({ ...places, link })]]);
    await expect(installTool({ ...places, link }, { platform: 'linux', run: cancel })).rejects.toMatchObject({
      code: 'not-allowed',
    });
    expect(asked).toHaveLength(1);
    const script = administratorScript(places);
    expect(script).toMatch(/^do shell script ".*" with prompt ".*" with administrator privileges$/);
    // What AppleScript would hand to the shell, done by a shell.
    const command = /^do shell script "(.*)" with prompt/.exec(script)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? '';
    execFileSync('/bin/sh', ['-c', command]);
    expect(await lookAtLink(places)).toEqual({ kind: 'installed' });
  });

  it('makes no link that would not last', async () => {
    const moved = {
      ...places,
      tool: '/private/var/folders/x/AppTranslocation/1/d/Tatin.app/Contents/Resources/bin/tatin',
    };
    await expect(installTool(moved)).rejects.toMatchObject({ code: 'not-allowed', hint: /Applications/ });
    await expect(installTool({ ...places, tool: path.join(root, 'gone') })).rejects.toMatchObject({
      code: 'file-not-found',
    });
  });

  it('has its place by the platform', () => {
    expect(toolPlaces('/t', 'darwin', '/Users/me').link).toBe('/usr/local/bin/tatin');
    expect(toolPlaces('/t', 'linux', '/home/me').link).toBe('/home/me/.local/bin/tatin');
  });
});
