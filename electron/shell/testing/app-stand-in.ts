import { EventEmitter } from 'node:events';
import type { MenuItemConstructorOptions, MessageBoxOptions } from 'electron';
import type { ElectronParts } from '../desktop-options.ts';
import { listening, menuStandIn, standIn, windowStandIn, type WindowStandIn } from './electron-stand-in.ts';

const display = standIn<Electron.Display>('Display', { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } });

/** Everything that a test sees of the app, and does to it. */
class AppState {
  readonly windows: WindowStandIn[] = [];
  readonly appEvents = new EventEmitter();
  readonly trayEvents = new EventEmitter();
  readonly ipc = new EventEmitter();
  readonly log: string[] = [];
  readonly questions: MessageBoxOptions[] = [];
  readonly templates = new Map<Electron.Menu, MenuItemConstructorOptions[]>();
  focus: WindowStandIn | undefined;
  menu: Electron.Menu | undefined;
  tray: MenuItemConstructorOptions[] = [];
  title = '';
  ended = false;

  /** As Electron does it: a listener that prevents it keeps the app; else every window closes. */
  readonly quit = (): void => {
    const answer = { prevented: false };
    this.appEvents.emit('before-quit', { preventDefault: () => (answer.prevented = true) });
    if (answer.prevented) return;
    for (const one of [...this.windows]) one.close();
    this.ended = true;
  };
}

/**
 * Electron as far as the desktop uses it, with a person who answers dialogs in the order given.
 * @param more members of `app` beside those of the desktop
 */
export function appStandIn(answers: string[], more: Partial<Electron.App> = {}) {
  const state = new AppState();
  const dock = standIn<Electron.Dock>('dock', {
    setBadge: (text) => state.log.push(`badge ${text}`),
    setMenu: () => {},
    setIcon: () => {},
  });
  const parts = {
    app: standIn<Electron.App>('app', {
      ...listening(state.appEvents),
      quit: state.quit,
      focus: () => {},
      dock,
      ...more,
    }),
    BrowserWindow: windowClass(state),
    Tray: trayClass(state),
    Menu: menuStatics(state),
    dialog: dialogStandIn(state, answers),
    clipboard: standIn<Electron.Clipboard>('clipboard', {
      writeText: (text) => Promise.resolve(void state.log.push(`copied ${text}`)),
    }),
    ipcMain: standIn<Electron.IpcMain>('ipcMain', {
      ...listening(state.ipc),
      off: state.ipc.off.bind(state.ipc) as never,
      handle: () => {},
    }),
    nativeImage: { createFromPath: (path: string) => standIn<Electron.NativeImage>(path, {}) },
    nativeTheme: standIn<Electron.NativeTheme>('nativeTheme', { shouldUseDarkColors: false }),
    powerSaveBlocker: standIn<Electron.PowerSaveBlocker>('powerSaveBlocker', { start: () => 1, stop: () => true }),
    screen: standIn<Electron.Screen>('screen', {
      getPrimaryDisplay: () => display,
      getAllDisplays: () => [display],
    }),
    shell: standIn<Electron.Shell>('shell', {}),
  } as unknown as ElectronParts; // Classes and statics are stood in for member by member.
  return Object.assign(state, { parts });
}

function windowClass(state: AppState) {
  function BrowserWindow(options: object) {
    const one = windowStandIn(options, () => {
      state.windows.splice(state.windows.indexOf(one), 1);
      if (state.windows.length === 0) state.appEvents.emit('window-all-closed');
    });
    state.windows.push(one);
    state.focus = one;
    return one.window;
  }
  BrowserWindow.getFocusedWindow = () => state.windows.find((one) => one === state.focus)?.window ?? null;
  return BrowserWindow;
}

function trayClass(state: AppState) {
  const show = (menu: Electron.Menu | null | undefined): void => {
    state.tray = (menu && state.templates.get(menu)) ?? [];
  };
  return function Tray() {
    return standIn<Electron.Tray>('Tray', {
      ...listening(state.trayEvents),
      setImage: () => {},
      setToolTip: () => {},
      setTitle: (title) => (state.title = title),
      setContextMenu: show,
      popUpContextMenu: show,
      destroy: () => state.log.push('tray gone'),
    });
  };
}

function menuStatics(state: AppState) {
  return {
    buildFromTemplate: (template: MenuItemConstructorOptions[]) => {
      const menu = menuStandIn(template);
      state.templates.set(menu, template);
      return menu;
    },
    setApplicationMenu: (menu: Electron.Menu) => (state.menu = menu),
  };
}

function dialogStandIn(state: AppState, answers: string[]): Electron.Dialog {
  return standIn<Electron.Dialog>('dialog', {
    showMessageBox: (...given: unknown[]) => {
      // With a window before it or without, the options come last.
      const options = given.at(-1) as MessageBoxOptions;
      state.questions.push(options);
      const response = options.buttons?.indexOf(answers.shift() ?? '') ?? -1;
      if (response < 0) throw new Error(`Nobody answers ${options.message} with one of ${options.buttons?.join()}`);
      return Promise.resolve({ response, checkboxChecked: false });
    },
  });
}
