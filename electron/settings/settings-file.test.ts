import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultSettings, settingKeys } from '../contract/settings.ts';
import { settingFromText, settingsOf, withoutSetting, withSetting } from './settings-document.ts';
import {
  changeSettings,
  readReport,
  readSettings,
  resetSettings,
  settingsFile,
  watchSettings,
} from './settings-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tatin-settings-'));
  vi.stubEnv('TATIN_STATE', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const kept = (): unknown => JSON.parse(readFileSync(settingsFile(), 'utf8'));

describe('The settings', () => {
  it('are the defaults until something is set, and again when it is reset', async () => {
    expect(readReport()).toEqual({ settings: defaultSettings, problems: [], file: path.join(folder, 'settings.json') });
    await changeSettings({ appearance: 'dark', 'transfers.connections': 8 });
    expect(readSettings()).toEqual({ ...defaultSettings, appearance: 'dark', 'transfers.connections': 8 });
    await resetSettings(['appearance']);
    expect(kept()).toEqual({ transfers: { connections: 8 } });
    expect((await resetSettings()).settings).toEqual(defaultSettings);
  });

  it('keep what another version wrote', async () => {
    writeFileSync(settingsFile(), '{"future":{"a":1},"transfers":{"speed":9}}');
    await changeSettings({ 'transfers.connections': 2 });
    expect(kept()).toEqual({ future: { a: 1 }, transfers: { speed: 9, connections: 2 } });
    await resetSettings();
    expect(kept()).toEqual({ future: { a: 1 }, transfers: { speed: 9 } });
  });

  it('name every key path that is wrong, and then change nothing', async () => {
    const wrong = { appearance: 'dark', 'registries.insecure': ['localhost:5000', 'a b'], 'transfers.connections': 99 };
    const refused = expect(changeSettings(wrong)).rejects;
    await refused.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(/^registries\.insecure\[1\]: .*\ntransfers\.connections: /) as string,
    });
    expect(existsSync(settingsFile())).toBe(false);
    await expect(changeSettings({ 'transfer.connections': 1 })).rejects.toMatchObject({
      message: 'transfer.connections: there is no such setting.',
      hint: 'There are: transfers.connections.',
    });
  });

  it('take new versions only from where nobody on the way can change them', async () => {
    for (const feed of ['http://example.com/tatin', 'tatin', 'file:///tmp/tatin'])
      await expect(changeSettings({ 'updates.feed': feed })).rejects.toMatchObject({
        ...{ code: 'invalid-input', message: expect.stringContaining('updates.feed: ') as string },
      });
    for (const feed of ['https://example.com/tatin', 'http://localhost:8080/'])
      expect((await changeSettings({ 'updates.feed': feed })).settings['updates.feed']).toBe(feed);
  });

  it('use the default for a value that can’t be used, say so, and leave the rest in force', () => {
    writeFileSync(settingsFile(), '{"appearance":"dark","transfers":{"connections":"many"}}');
    const { settings, problems } = readReport();
    expect(settings).toEqual({ ...defaultSettings, appearance: 'dark' });
    expect(problems.map(({ key }) => key)).toEqual(['transfers.connections']);
  });

  it('put a file that is no JSON aside before they write', async () => {
    writeFileSync(settingsFile(), '{"appearance":');
    expect(readReport().problems).toHaveLength(1);
    await changeSettings({ appearance: 'light' });
    expect(readFileSync(`${settingsFile()}.broken`, 'utf8')).toBe('{"appearance":');
    expect(kept()).toEqual({ appearance: 'light' });
  });

  it('lose no change of several programs at the same time', async () => {
    const module = new URL('settings-file.ts', import.meta.url).href;
    const change = (key: string, value: unknown) =>
      promisify(execFile)(process.execPath, [
        ...['--disable-warning=ExperimentalWarning', '--input-type=module', '-e'],
        `const { changeSettings } = await import(${JSON.stringify(module)}); await changeSettings(${JSON.stringify({ [key]: value })});`,
      ]);
    await Promise.all([
      change('appearance', 'dark'),
      change('menuBar.show', false),
      changeSettings({ 'library.confirmDelete': false }),
      changeSettings({ 'transfers.connections': 3 }),
    ]);
    expect(readSettings()).toEqual({
      ...{ ...defaultSettings, appearance: 'dark', 'menuBar.show': false },
      ...{ 'library.confirmDelete': false, 'transfers.connections': 3 },
    });
  });

  it('are told when another program changes them', async () => {
    const seen = vi.fn();
    const stop = watchSettings(seen);
    try {
      writeFileSync(settingsFile(), '{"appearance":"dark"}');
      await vi.waitFor(
        () => expect(seen.mock.lastCall?.[0]).toMatchObject({ settings: { appearance: 'dark' } }),
        30_000,
      );
    } finally {
      stop();
    }
  });

  it('say why they can’t be kept', async () => {
    vi.stubEnv('TATIN_STATE', path.join(folder, 'file/below'));
    writeFileSync(path.join(folder, 'file'), '');
    await expect(changeSettings({ appearance: 'dark' })).rejects.toMatchObject({ code: 'file-not-allowed' });
    mkdirSync(path.join(folder, 'other'));
  });
});

describe('A document of settings', () => {
  it('never throws, and holds nothing but what its schema allows', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...settingKeys.map((key) => key.split('.')[0] ?? '')),
          fc.json().map((text) => JSON.parse(text) as unknown),
        ),
        (document) => {
          const { settings } = settingsOf(document);
          expect(
            settingsOf(settingKeys.reduce((made, key) => withSetting(made, key, settings[key]), {})).settings,
          ).toEqual(settings);
        },
      ),
    );
  });

  it('is as before once a new value is taken out again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...settingKeys), fc.jsonValue(), (key, value) => {
        const before = { unknown: { kept: true } };
        expect(withoutSetting(withSetting(before, key, value), key)).toEqual(before);
      }),
    );
  });
});

describe('settingFromText', () => {
  it.each([
    ['appearance', 'dark', 'dark'],
    ['transfers.connections', '8', 8],
    ['menuBar.show', 'false', false],
    ['newMachine.cpuCount', 'null', null],
    ['registries.insecure', 'localhost:5000, 10.0.0.1', ['localhost:5000', '10.0.0.1']],
    ['registries.insecure', '["a"]', ['a']],
    ['registries.insecure', '', []],
    ['home.path', '/Volumes/VMs', '/Volumes/VMs'],
  ])('reads %s from %j', (key, text, value) => {
    expect(settingFromText(key, text)).toEqual(value);
  });
});
