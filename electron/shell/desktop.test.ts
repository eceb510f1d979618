import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IpcMain, MenuItemConstructorOptions, MessageBoxOptions } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Host } from '../contract/host.ts';
import { shellChannels } from './channels.ts';
import { Desktop, type ElectronParts } from './desktop.ts';
import {
  choose,
  listening,
  menuStandIn,
  outline,
  standIn,
  windowStandIn,
  type WindowStandIn,
} from './testing/electron-stand-in.ts';
import { address, job, machine, states, TestBackend } from './testing/fixtures.ts';

const hostWith = (driver: 'qemu' | 'vz') => standIn<Host>('host', { guests: [{ os: 'linux', arch: 'amd64', driver }] });

/** Electron as far as the desktop uses it, with a person who answers dialogs in the order given. */
function electronStandIn(answers: string[]) {
  const windows: WindowStandIn[] = [];
  const appEvents = new EventEmitter();
  const ipc = new EventEmitter();
  const log: string[] = [];
  const questions: MessageBoxOptions[] = [];
  const state = {
    focus: undefined as WindowStandIn | undefined,
    menu: undefined as Electron.Menu | undefined,
    tray: [] as MenuItemConstructorOptions[],
    title: '',
    ended: false,
  };
  const templates = new Map<Electron.Menu, MenuItemConstructorOptions[]>();
  const quit = (): void => {
    const preventDefault = vi.fn<() => void>();
    appEvents.emit('before-quit', { preventDefault });
    if (preventDefault.mock.calls.length > 0) return;
    for (const one of [...windows]) one.close();
    state.ended = true;
  };
  function BrowserWindow(options: object) {
    const one = windowStandIn(options, () => {
      windows.splice(windows.indexOf(one), 1);
      if (windows.length === 0) appEvents.emit('window-all-closed');
    });
    windows.push(one);
    state.focus = one;
    return one.window;
  }
  BrowserWindow.getFocusedWindow = () => (windows.includes(state.focus!) ? state.focus!.window : null);
  const trayEvents = new EventEmitter();
  function Tray() {
    return standIn<Electron.Tray>('Tray', {
      ...listening(trayEvents),
      setImage: () => {},
      setToolTip: () => {},
      setTitle: (title) => (state.title = title),
      setContextMenu: (menu) => (state.tray = templates.get(menu!) ?? []),
      popUpContextMenu: (menu) => (state.tray = templates.get(menu!) ?? []),
      destroy: () => log.push('tray gone'),
    });
  }
  const parts = {
    app: standIn<Electron.App>('app', {
      ...listening(appEvents),
      quit,
      focus: () => {},
      dock: standIn<Electron.Dock>('dock', { setBadge: (text) => log.push(`badge ${text}`), setMenu: () => {} }),
    }),
    BrowserWindow,
    clipboard: standIn<Electron.Clipboard>('clipboard', {
      writeText: (text) => {
        log.push(`copied ${text}`);
        return Promise.resolve();
      },
    }),
    dialog: standIn<Electron.Dialog>('dialog', {
      showMessageBox: (...given: unknown[]) => {
        const options = given.at(-1) as MessageBoxOptions;
        questions.push(options);
        const response = options.buttons?.indexOf(answers.shift() ?? '') ?? -1;
        if (response < 0) throw new Error(`Nobody answers ${options.message} with one of ${options.buttons?.join()}`);
        return Promise.resolve({ response, checkboxChecked: false });
      },
    }),
    ipcMain: standIn<IpcMain>('ipcMain', { ...listening(ipc), handle: () => {} }),
    Menu: {
      buildFromTemplate: (template: MenuItemConstructorOptions[]) => {
        const menu = menuStandIn(template);
        templates.set(menu, template);
        return menu;
      },
      setApplicationMenu: (menu: Electron.Menu) => (state.menu = menu),
    },
    nativeImage: { createFromPath: (path: string) => standIn<Electron.NativeImage>(path, {}) },
    nativeTheme: standIn<Electron.NativeTheme>('nativeTheme', { shouldUseDarkColors: false }),
    powerSaveBlocker: standIn<Electron.PowerSaveBlocker>('powerSaveBlocker', { start: () => 1, stop: () => true }),
    screen: standIn<Electron.Screen>('screen', {
      getPrimaryDisplay: () => primary,
      getAllDisplays: () => [primary],
    }),
    shell: standIn<Electron.Shell>('shell', {}),
    Tray,
  } as unknown as ElectronParts; // Classes and statics are stood in for member by member above.
  return { parts, windows, appEvents, ipc, log, questions, state, quit, clickTray: () => trayEvents.emit('click') };
}

const primary = standIn<Electron.Display>('Display', { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } });

describe('Desktop', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tatin-desktop-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function open(
    backend: TestBackend,
    {
      answers = [],
      platform = 'darwin',
      driver = 'qemu',
    }: { answers?: string[]; platform?: NodeJS.Platform; driver?: 'qemu' | 'vz' } = {},
  ) {
    const electron = electronStandIn(answers);
    backend.answer('host.get', () => Promise.resolve(hostWith(driver)));
    const letGo = vi.fn<() => Promise<void>>().mockResolvedValue();
    const desktop = await Desktop.open(electron.parts, {
      backend,
      platform,
      assets: '/app/assets',
      preload: '/app/preload.js',
      windowFile: join(folder, 'windows.json'),
      developer: false,
      letGo,
    });
    // The host is looked at meanwhile, and answers at once here.
    await desktop.hostKnown;
    return { ...electron, desktop, letGo };
  }
  const says = (electron: Awaited<ReturnType<typeof open>>, page: WindowStandIn, message: object) =>
    electron.ipc.emit(
      shellChannels.request,
      { senderFrame: { url: page.url, parent: null }, sender: page.window.webContents },
      message,
    );
  const running = () => machine('a', states.running, address('10.0.2.15'));

  it('opens the library, with the menu bar and the running count', async () => {
    const { windows, state } = await open(new TestBackend([running()]));
    expect(windows.map((one) => one.url)).toEqual(['app://tatin/index.html']);
    expect(state.title).toBe('1');
    expect(state.menu?.getMenuItemById('file.new')?.enabled).toBe(true);
    expect(state.menu?.getMenuItemById('machine.start')?.enabled).toBe(false);
  });

  it('opens the console that a page asks for', async () => {
    const electron = await open(new TestBackend([running()]));
    says(electron, electron.windows[0]!, { ask: 'openConsole', id: 'local:a' });
    expect(electron.windows.map((one) => one.url)).toEqual([
      'app://tatin/index.html',
      'app://tatin/console.html?vm=local%3Aa',
    ]);
  });

  it('lets menus follow what the page in front offers', async () => {
    const electron = await open(new TestBackend([running()]));
    const [library] = electron.windows;
    says(electron, library!, { ask: 'listen' });
    says(electron, library!, { ask: 'enable', ids: ['machine.suspend'] });
    expect(electron.state.menu?.getMenuItemById('machine.suspend')?.enabled).toBe(true);
    electron.state.focus = undefined;
    library!.events.emit('blur');
    expect(electron.state.menu?.getMenuItemById('machine.suspend')?.enabled).toBe(false);
  });

  it('leaves all keys to a page that has the keyboard for its guest', async () => {
    const electron = await open(new TestBackend([running()]));
    says(electron, electron.windows[0]!, { ask: 'openConsole', id: 'local:a' });
    const console = electron.windows[1]!;
    says(electron, console, { ask: 'enable', ids: ['console.release', 'view.fullScreen'] });
    expect(console.ignoresMenuShortcuts).toBe(true);
    says(electron, console, { ask: 'enable', ids: ['view.fullScreen'] });
    expect(console.ignoresMenuShortcuts).toBe(false);
  });

  it('works a machine from the menu bar through the same handlers as windows', async () => {
    const backend = new TestBackend([running()]);
    backend.answer('machines.suspend', ({ id }) => Promise.resolve(backend.enter(id, states.suspended)));
    const electron = await open(backend);
    electron.clickTray();
    choose(electron.state.tray, 'a', 'Suspend');
    await vi.waitFor(() => expect(backend.requests).toContain('machines.suspend local:a'));
    expect(electron.state.title).toBe('');
    electron.clickTray();
    expect(outline(electron.state.tray)[0]).toBe('(1 suspended)');
  });

  it('builds the menu ahead where it can not be built at the click', async () => {
    const backend = new TestBackend([running()]);
    const electron = await open(backend, { platform: 'linux' });
    await vi.waitFor(() => expect(outline(electron.state.tray)).toContain('a · 10.0.2.15'));
    backend.enter('local:a', states.suspended);
    await vi.waitFor(() => expect(outline(electron.state.tray)).toContain('a · Suspended'), { timeout: 20_000 });
  });

  it('stays on a Mac when the last window closes, and opens the library again', async () => {
    const electron = await open(new TestBackend());
    electron.windows[0]!.close();
    expect(electron.state.ended).toBe(false);
    electron.appEvents.emit('activate');
    expect(electron.windows).toHaveLength(1);
  });

  it('ends elsewhere when the last window closes, unless a guest runs', async () => {
    const idle = await open(new TestBackend(), { platform: 'linux' });
    idle.windows[0]!.close();
    await vi.waitFor(() => expect(idle.state.ended).toBe(true));

    const busy = await open(new TestBackend([running()]), { platform: 'linux' });
    busy.windows[0]!.close();
    expect(busy.questions).toEqual([]);
    expect(busy.state.ended).toBe(false);
    busy.desktop.openLibrary();
    expect(busy.windows).toHaveLength(1);
  });

  it('leaves guests running that can go on, and lets go of everything', async () => {
    const backend = new TestBackend([running()]);
    const electron = await open(backend, { answers: ['Leave Running'] });
    electron.quit();
    await vi.waitFor(() => expect(electron.state.ended).toBe(true));
    expect(electron.letGo).toHaveBeenCalledOnce();
    expect(electron.log).toContain('tray gone');
    expect(backend.listeners).toBe(0);
    expect(backend.requests.filter((request) => request.startsWith('machines.'))).toEqual([]);
  });

  it('offers to suspend guests that would end with the app, and does it', async () => {
    const backend = new TestBackend([running()]);
    backend.answer('machines.suspend', ({ id }) => Promise.resolve(backend.enter(id, states.suspended)));
    const electron = await open(backend, { answers: ['Suspend and Quit'], driver: 'vz' });
    electron.quit();
    await vi.waitFor(() => expect(electron.state.ended).toBe(true));
    expect(electron.questions[0]?.buttons).toEqual(['Suspend and Quit', 'Shut Down and Quit', 'Cancel']);
    expect(backend.requests).toContain('machines.suspend local:a');
  });

  it('stays when quitting is cancelled', async () => {
    const electron = await open(new TestBackend([running()]), { answers: ['Cancel'] });
    electron.quit();
    await vi.waitFor(() => expect(electron.questions).toHaveLength(1));
    expect(electron.state.ended).toBe(false);
    expect(electron.windows).toHaveLength(1);
  });

  it('waits for jobs if told to', async () => {
    const backend = new TestBackend([], [job('Making a', 'running')]);
    const electron = await open(backend, { answers: ['Quit When Done'] });
    electron.quit();
    await vi.waitFor(() => expect(electron.questions).toHaveLength(1));
    expect(electron.state.ended).toBe(false);
    backend.change(job('Making a', 'succeeded'));
    await vi.waitFor(() => expect(electron.state.ended).toBe(true));
  });

  it('asks nobody when it is told to end from outside', async () => {
    const electron = await open(new TestBackend([running()]));
    await electron.desktop.leaveUnasked();
    expect(electron.state.ended).toBe(true);
    expect(electron.questions).toEqual([]);
  });

  it('opens consoles again that were open when it ended', async () => {
    const backend = new TestBackend([running()]);
    const before = await open(backend);
    says(before, before.windows[0]!, { ask: 'openConsole', id: 'local:a' });
    await before.desktop.leaveUnasked();
    const after = await open(backend);
    expect(after.windows.map((one) => one.url).sort()).toEqual([
      'app://tatin/console.html?vm=local%3Aa',
      'app://tatin/index.html',
    ]);
  });
});
