import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  electronProgram,
  electronUntried,
  fetchElectron,
  macCopy,
  macCopyOutOfDate,
  makeMacCopy,
} from './electron.mjs';
import { CommandFailed } from './run.mjs';

/** @type {string} */
let root;
/** @type {string[][]} */
let asked;

/** Writes down what it is asked, and copies as cp would. @type {import('./run.mjs').Run} */
const recording = async (command) => {
  asked.push([...command]);
  if (command[0] === 'cp') mkdirSync(command.at(-1) ?? '', { recursive: true });
};

/** @param {string} file @param {string} text */
function put(file, text) {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** What Electron's install script leaves. @param {string} version */
function installBinary(version) {
  put('node_modules/electron/package.json', JSON.stringify({ version }));
  put('node_modules/electron/path.txt', 'electron');
  put('node_modules/electron/dist/version', version);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tatin-electron-'));
  asked = [];
  put('node_modules/electron/package.json', JSON.stringify({ version: '45.0.0' }));
  put('build/entitlements.dev.plist', '<plist/>');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('fetchElectron', () => {
  it('tries once for a version, and again for the next', async () => {
    expect(electronUntried(root)).toBe(true);
    const offline = async () => {
      throw new CommandFailed('node ended with 1', 'log');
    };
    expect(await fetchElectron(root, 'node', offline, 'log')).toContain('opens in the browser');
    expect(electronUntried(root)).toBe(false);
    expect(electronProgram(root)).toBeUndefined();
    put('node_modules/electron/package.json', JSON.stringify({ version: '46.0.0' }));
    expect(electronUntried(root)).toBe(true);
  });

  it('finds the binary that the script left', async () => {
    const install = async () => installBinary('45.0.0');
    expect(await fetchElectron(root, 'node', install, 'log')).toBe('Electron 45.0.0');
    expect(electronUntried(root)).toBe(false);
    expect(electronProgram(root, 'linux')).toBe(join(root, 'node_modules/electron/dist/electron'));
  });
});

describe('makeMacCopy', () => {
  it('signs a copy aside with the entitlements and checks it, before it gets its name', async () => {
    installBinary('45.0.0');
    await makeMacCopy(root, recording, 'log');
    const aside = join(root, '.cache/electron/partial/Electron.app');
    expect(asked).toEqual([
      ['cp', '-cR', join(root, 'node_modules/electron/dist/Electron.app'), aside],
      ['plutil', '-replace', 'CFBundleName', '-string', 'Tatin', join(aside, 'Contents/Info.plist')],
      [
        ...['codesign', '--force', '--deep', '--sign', '-'],
        ...['--entitlements', join(root, 'build/entitlements.dev.plist'), aside],
      ],
      ['codesign', '--verify', '--deep', '--strict', aside],
    ]);
    expect(existsSync(macCopy(root))).toBe(true);
    expect(electronProgram(root, 'darwin')).toBe(join(macCopy(root), 'Contents/MacOS/Electron'));
  });

  it('is wanted again only when the version or the entitlements change', async () => {
    expect(macCopyOutOfDate(root)).toBe(false);
    installBinary('45.0.0');
    expect(macCopyOutOfDate(root)).toBe(true);
    await makeMacCopy(root, recording, 'log');
    expect(macCopyOutOfDate(root)).toBe(false);
    put('build/entitlements.dev.plist', '<plist version="1.0"/>');
    expect(macCopyOutOfDate(root)).toBe(true);
    await makeMacCopy(root, recording, 'log');
    installBinary('46.0.0');
    expect(macCopyOutOfDate(root)).toBe(true);
  });

  it('keeps the old copy if signing fails', async () => {
    installBinary('45.0.0');
    await makeMacCopy(root, recording, 'log');
    installBinary('46.0.0');
    /** @type {import('./run.mjs').Run} */
    const refusing = async (command, options) => {
      if (command[0] === 'codesign') throw new CommandFailed('codesign ended with 1', 'log');
      await recording(command, options);
    };
    await expect(makeMacCopy(root, refusing, 'log')).rejects.toThrow('codesign');
    expect(existsSync(macCopy(root))).toBe(true);
    expect(macCopyOutOfDate(root)).toBe(true);
  });
});
