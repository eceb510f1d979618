import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rectangle } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VmId } from '../contract/machine.ts';
import { windowStandIn, type WindowStandIn } from './testing/electron-stand-in.ts';
import { machine } from './testing/fixtures.ts';
import { WindowMemory } from './window-memory.ts';
import { Windows } from './windows.ts';

const display: Rectangle = { x: 0, y: 25, width: 1920, height: 1055 };

describe('Windows', () => {
  let folder: string;
  let made: WindowStandIn[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tatin-shell-'));
    made = [];
  });
  afterEach(() => {
    vi.restoreAllMocks();
    // A window that is open still means to write where it stands.
    for (const one of made) if (!one.window.isDestroyed()) one.close();
    rmSync(folder, { recursive: true });
  });

  /** An app that has just started; its memory is the file that the one before left. */
  function start({ platform = 'darwin', areas = [display] }: { platform?: NodeJS.Platform; areas?: Rectangle[] } = {}) {
    made = [];
    const app = {
      leaving: false,
      focus: undefined as Electron.BrowserWindow | undefined,
      resets: 0,
      onFocus: 0,
      opened: 0,
    };
    const windows = new Windows({
      platform,
      create: (options) => {
        const one = windowStandIn(options);
        made.push(one);
        return one.window;
      },
      focused: () => app.focus ?? null,
      workAreas: () => areas,
      dark: () => true,
      memory: WindowMemory.read(join(folder, 'windows.json')),
      preload: '/app/preload.js',
      icon: '/app/icon.png',
      vm: (id) => (id === 'local:gone' ? undefined : machine(id.replace('local:', ''))),
      leaving: () => app.leaving,
      onOpen: () => (app.opened += 1),
      onFocus: () => (app.onFocus += 1),
    });
    windows.onLoad = () => (app.resets += 1);
    return { app, windows };
  }
  const all = new Set<VmId>(['local:a', 'local:b']);
  const urls = () => made.map((one) => one.url);

  it('opens pages in a sandbox, isolated, without Node, and held where they are', () => {
    start().windows.openLibrary();
    expect(made[0]?.options).toMatchObject({
      show: false,
      backgroundColor: '#1d1c1b',
      titleBarStyle: 'hiddenInset',
      webPreferences: {
        preload: '/app/preload.js',
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
      },
    });
    expect(made[0]?.calls).toContain('opens deny');
    expect(made[0]?.pageEvents.eventNames()).toEqual(expect.arrayContaining(['will-navigate', 'will-redirect']));
  });

  it('shows a window once its page is drawn', () => {
    start().windows.openLibrary();
    expect(made[0]?.calls).not.toContain('show');
    made[0]?.events.emit('ready-to-show');
    expect(made[0]?.calls).toContain('show');
  });

  it('has one library and one console for each machine, and brings them to the front', () => {
    const { windows } = start();
    windows.openLibrary();
    windows.openConsole('local:a');
    windows.openConsole('local:b');
    windows.openLibrary();
    windows.openConsole('local:a');
    expect(urls()).toEqual([
      'app://tatin/index.html',
      'app://tatin/console.html?vm=local%3Aa',
      'app://tatin/console.html?vm=local%3Ab',
    ]);
    expect(made[0]?.calls.slice(-2)).toEqual(['show', 'focus']);
    expect(made[1]?.options).toMatchObject({ title: 'a', width: 1024, height: 768 + 80 });
  });

  it('has one window of settings, with a place of its own, which a new start leaves closed', () => {
    const before = start();
    before.windows.openLibrary();
    expect(before.windows.openSettings().kind).toBe('settings');
    before.windows.openSettings();
    expect(urls()).toEqual(['app://tatin/index.html', 'app://tatin/settings.html']);
    expect(before.windows.library?.kind).toBe('library');
    made[1]!.bounds = { x: 300, y: 200, width: 700, height: 500 };
    before.app.leaving = true;
    before.windows.remember();
    for (const one of made) one.close();

    const after = start();
    after.windows.restore(all);
    expect(urls()).toEqual(['app://tatin/index.html']);
    after.windows.openSettings();
    expect(made[1]?.bounds).toEqual({ x: 300, y: 200, width: 700, height: 500 });
  });

  it('steps a new console away from the one before', () => {
    const { windows } = start();
    windows.openConsole('local:a');
    windows.openConsole('local:b');
    const [first, second] = made;
    expect(second!.bounds.x).toBeGreaterThan(first!.bounds.x);
    expect(second!.bounds.y).toBeGreaterThan(first!.bounds.y);
  });

  it('opens again after a restart what was open when the app ended, where it was', () => {
    const before = start();
    before.windows.openLibrary();
    before.windows.openConsole('local:a');
    before.windows.openConsole('local:b');
    const [library, a, b] = made;
    library!.bounds = { x: 10, y: 30, width: 900, height: 600 };
    a!.bounds = { x: 300, y: 200, width: 700, height: 500 };
    a!.fullScreen = true;
    for (const one of made) one.events.emit('move');
    b!.close();
    before.app.leaving = true;
    before.windows.remember();
    for (const one of [library!, a!]) one.close();

    const after = start();
    after.windows.restore(all);
    expect(urls()).toEqual(['app://tatin/console.html?vm=local%3Aa', 'app://tatin/index.html']);
    expect(made[0]?.bounds).toEqual({ x: 300, y: 200, width: 700, height: 500 });
    expect(made[1]?.bounds).toEqual({ x: 10, y: 30, width: 900, height: 600 });
    made[0]?.events.emit('ready-to-show');
    expect(made[0]?.fullScreen).toBe(true);
  });

  it('remembers the place of a console that was closed, without opening it by itself', () => {
    const before = start();
    before.windows.openConsole('local:a');
    made[0]!.bounds = { x: 300, y: 200, width: 700, height: 500 };
    made[0]!.close();
    const after = start();
    after.windows.restore(all);
    expect(urls()).toEqual(['app://tatin/index.html']);
    after.windows.openConsole('local:a');
    expect(made[1]?.bounds).toEqual({ x: 300, y: 200, width: 700, height: 500 });
  });

  it('opens no console of a machine that is gone, and brings windows in from a display that is', () => {
    const before = start({ areas: [display, { x: 1920, y: 0, width: 1920, height: 1080 }] });
    before.windows.openLibrary();
    before.windows.openConsole('local:gone');
    made[0]!.bounds = { x: 2500, y: 100, width: 900, height: 600 };
    before.app.leaving = true;
    before.windows.remember();

    const after = start();
    after.windows.restore(all);
    expect(urls()).toEqual(['app://tatin/index.html']);
    expect(made[0]?.bounds).toEqual({ x: 1020, y: 100, width: 900, height: 600 });
  });

  it('keeps places through a crash: they are written when a window has come to rest', () => {
    vi.useFakeTimers();
    const { windows } = start();
    windows.openLibrary();
    made[0]!.bounds = { x: 10, y: 30, width: 900, height: 600 };
    made[0]!.events.emit('move');
    vi.runAllTimers();
    vi.useRealTimers();
    expect(WindowMemory.read(join(folder, 'windows.json')).library?.bounds.x).toBe(10);
  });

  it('knows its windows by focus and by page, until they close', () => {
    const { app, windows } = start();
    const library = windows.openLibrary();
    app.focus = library.window;
    expect(windows.focused()).toBe(library);
    expect(windows.byContents(library.window.webContents.id)).toBe(library);
    expect(windows.library).toBe(library);
    expect(app.opened).toBe(1);
    const seen = app.onFocus;
    made[0]!.close();
    expect(windows.library).toBeUndefined();
    expect(app.onFocus).toBe(seen + 1);
  });

  it('says when a page loads anew, and not when it only moves within itself', () => {
    const { app, windows } = start();
    windows.openLibrary();
    const navigate = (details: object) => made[0]?.pageEvents.emit('did-start-navigation', details);
    navigate({ isMainFrame: true, isSameDocument: true });
    expect(app.resets).toBe(0);
    navigate({ isMainFrame: true, isSameDocument: false });
    expect(app.resets).toBe(1);
  });

  it('loads a page again that died, but not one that dies at once again', () => {
    vi.spyOn(console, 'error').mockReturnValue();
    start().windows.openLibrary();
    const die = (reason: string) => made[0]?.pageEvents.emit('render-process-gone', {}, { reason });
    die('clean-exit');
    expect(made[0]?.calls).not.toContain('reload');
    die('crashed');
    die('oom');
    expect(made[0]?.calls.filter((call) => call === 'reload')).toHaveLength(1);
  });

  it('leaves the keys of a menu bar to the guest elsewhere than on a Mac', () => {
    const { windows } = start({ platform: 'linux' });
    windows.openLibrary();
    windows.openConsole('local:a');
    expect(made.map((one) => one.calls.includes('menu bar hidden'))).toEqual([false, true]);
    expect(made[0]?.options.icon).toBe('/app/icon.png');
    expect(made[0]?.options.titleBarStyle).toBeUndefined();
  });
});
