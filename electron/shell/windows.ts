import type { BrowserWindowConstructorOptions, Rectangle } from 'electron';
import type { CommandId } from '../contract/commands/commands.ts';
import type { Vm, VmId } from '../contract/machine.ts';
import { printableLine } from '../contract/printable.ts';
import { shellChannels } from './channels.ts';
import type { CommandWindow } from './command-router.ts';
import type { FilesWindow } from './given-files.ts';
import type { ScreenWindow } from './native-screens.ts';
import { pageUrl } from './page-protocol.ts';
import { guardNavigation } from './web-rules.ts';
import { placeWindow, type Size } from './window-bounds.ts';
import type { WindowMemory, WindowPlace } from './window-memory.ts';
import {
  consoleMin,
  consoleSize,
  libraryMin,
  librarySize,
  settingsMin,
  settingsSize,
  windowOptions,
} from './window-options.ts';

/** One window of ours: the library, the settings, or the console of one machine. */
export interface AppWindow extends CommandWindow, FilesWindow, ScreenWindow {
  readonly vmId: VmId | undefined;
  readonly window: Electron.BrowserWindow;
}

/** What windows need of the system and the app around them. */
export interface WindowDuties {
  platform: NodeJS.Platform;
  create(options: BrowserWindowConstructorOptions): Electron.BrowserWindow;
  focused(): Electron.BrowserWindow | null;
  /** Of all displays, the main one first. */
  workAreas(): readonly Rectangle[];
  dark(): boolean;
  memory: WindowMemory;
  preload: string;
  icon: string;
  vm(id: VmId): Vm | undefined;
  /** Whether windows close because the app ends; they then open again at the next start. */
  leaving(): boolean;
  /** A window has been made, and its page begins to load. */
  onOpen(window: AppWindow): void;
  /** Another window has the focus, or the one that has it offers something else. */
  onFocus(): void;
}

/** Moves and resizes come in flocks; the place is written when they pause. */
const settleMs = 500;

/** A page that dies again this soon is not loaded again: it would only die once more. */
const crashPauseMs = 10_000;

/** New windows without a place of their own step away from each other by this many points. */
const cascade = 24;

/** The windows that are open: at most one library, one of settings, and one console for each machine. */
export class Windows {
  readonly #duties: WindowDuties;
  readonly #open = new Set<AppWindow>();
  #writeTimer: NodeJS.Timeout | undefined;
  #onLoad: ((window: AppWindow) => void) | undefined;

  constructor(duties: WindowDuties) {
    this.#duties = duties;
  }

  /** Hears of every page that loads. Said after construction, as who listens asks for the windows in turn. */
  set onLoad(listener: (window: AppWindow) => void) {
    this.#onLoad = listener;
  }

  /** The library window, brought to the front; opened where it was, if it is not open. */
  openLibrary(): AppWindow {
    const place = this.#duties.memory.library;
    return (
      this.#front((window) => window.kind === 'library') ??
      this.#openWindow({ kind: 'library' }, place, { title: 'Tatin', wanted: librarySize, min: libraryMin })
    );
  }

  /** The settings, in the same way. They are not opened again at the next start. */
  openSettings(): AppWindow {
    const place = this.#duties.memory.settings;
    return (
      this.#front((window) => window.kind === 'settings') ??
      this.#openWindow({ kind: 'settings' }, place, { title: 'Settings', wanted: settingsSize, min: settingsMin })
    );
  }

  /** The console of a machine, in the same way. */
  openConsole(id: VmId): AppWindow {
    const vm = this.#duties.vm(id);
    const title = printableLine(vm?.name ?? 'Console');
    const place = this.#duties.memory.console(id);
    return (
      this.#front((window) => window.vmId === id) ??
      this.#openWindow({ kind: 'console', vmId: id }, place, { title, wanted: consoleSize(vm), min: consoleMin })
    );
  }

  /** Opens what was open when the app last ended: the library always, and consoles of machines that still exist. */
  restore(ids: ReadonlySet<VmId>): void {
    this.#duties.memory.keepOnly(ids);
    for (const id of this.#duties.memory.openConsoles()) this.openConsole(id);
    this.openLibrary();
  }

  /** The one of ours that has the focus. */
  focused(): AppWindow | undefined {
    const window = this.#duties.focused();
    return [...this.#open].find((candidate) => candidate.window === window);
  }

  /** The one whose page has this id of its web contents. */
  byContents(id: number): AppWindow | undefined {
    return [...this.#open].find(({ window }) => window.webContents.id === id);
  }

  get library(): AppWindow | undefined {
    return [...this.#open].find(({ kind }) => kind === 'library');
  }

  /** Remembers where every window stands, on disk. */
  remember(): void {
    clearTimeout(this.#writeTimer);
    for (const window of this.#open) this.#note(window, true);
    this.#duties.memory.write();
  }

  #front(is: (window: AppWindow) => boolean): AppWindow | undefined {
    const found = [...this.#open].find(is);
    if (found === undefined) return undefined;
    if (found.window.isMinimized()) found.window.restore();
    found.window.show();
    found.window.focus();
    return found;
  }

  #openWindow(
    content: WindowContent,
    place: WindowPlace | undefined,
    { title, wanted, min }: { title: string; wanted: Size; min: Size },
  ): AppWindow {
    const { platform, preload, icon } = this.#duties;
    const bounds = this.#place(place?.bounds, wanted, min);
    const window = this.#duties.create(
      windowOptions({ platform, preload, icon, title, bounds, min, dark: this.#duties.dark() }),
    );
    const opened = appWindow(window, content);
    this.#open.add(opened);
    // A guest's own keys include the one that opens a menu bar, and settings have nothing to do with most of it.
    if (content.kind !== 'library' && platform !== 'darwin') window.setMenuBarVisibility(false);
    guardNavigation(window.webContents);
    this.#duties.onOpen(opened);
    this.#follow(opened);
    window.once('ready-to-show', () => {
      if (place?.maximized === true) window.maximize();
      window.show();
      if (place?.fullScreen === true) window.setFullScreen(true);
    });
    const address = addressOf(content);
    window.loadURL(address).catch((error: unknown) => console.error(`${address} was not loaded:`, error));
    return opened;
  }

  #place(saved: Rectangle | undefined, wanted: Size, min: Size): Rectangle {
    const areas = this.#duties.workAreas();
    const bounds = placeWindow(saved, wanted, min, areas);
    if (saved !== undefined) return bounds;
    const taken = [...this.#open].filter(({ window }) => {
      const other = window.getBounds();
      return (
        Math.abs(other.x - bounds.x) < cascade * this.#open.size &&
        Math.abs(other.y - bounds.y) < cascade * this.#open.size
      );
    });
    const step = cascade * taken.length;
    return placeWindow({ ...bounds, x: bounds.x + step, y: bounds.y + step }, wanted, min, areas);
  }

  /** Keeps memory, menus and router in step with what happens to the window. */
  #follow(opened: AppWindow): void {
    const { window } = opened;
    const moved = (): void => this.#noteSoon(opened);
    // Electron types each name of an event apart, so one call must stand for each.
    window.on('resize', moved);
    window.on('move', moved);
    window.on('maximize', moved);
    window.on('unmaximize', moved);
    window.on('enter-full-screen', moved);
    window.on('leave-full-screen', moved);
    window.on('focus', () => this.#duties.onFocus());
    window.on('blur', () => this.#duties.onFocus());
    window.on('close', () => {
      this.#note(opened, this.#duties.leaving());
      clearTimeout(this.#writeTimer);
      this.#duties.memory.write();
    });
    window.on('closed', () => {
      this.#open.delete(opened);
      this.#duties.onFocus();
    });
    window.webContents.on('did-start-navigation', (details) => {
      if (details.isMainFrame && !details.isSameDocument) this.#onLoad?.(opened);
    });
    this.#reviveAfterCrash(opened);
    this.#noteSoon(opened);
  }

  #reviveAfterCrash({ window }: AppWindow): void {
    let lastCrash = -Infinity;
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit') return;
      const now = performance.now();
      console.error(`A page ended: ${reason}`);
      if (now - lastCrash > crashPauseMs) window.webContents.reload();
      lastCrash = now;
    });
  }

  #noteSoon(opened: AppWindow): void {
    this.#note(opened, true);
    clearTimeout(this.#writeTimer);
    this.#writeTimer = setTimeout(() => this.#duties.memory.write(), settleMs);
  }

  #note({ window, kind, vmId }: AppWindow, open: boolean): void {
    if (window.isDestroyed()) return;
    const place = {
      bounds: window.getNormalBounds(),
      fullScreen: window.isFullScreen(),
      maximized: window.isMaximized(),
    };
    if (vmId !== undefined) this.#duties.memory.setConsole(vmId, place, open);
    else if (kind === 'settings') this.#duties.memory.setSettings(place);
    else this.#duties.memory.setLibrary(place);
  }
}

/** What a window shows. */
type WindowContent = { kind: 'library' | 'settings' } | { kind: 'console'; vmId: VmId };

function addressOf(content: WindowContent): string {
  if (content.kind === 'console') return pageUrl('console', { vm: content.vmId });
  return pageUrl(content.kind === 'library' ? 'index' : 'settings');
}

function appWindow(window: Electron.BrowserWindow, content: WindowContent): AppWindow {
  return {
    kind: content.kind,
    vmId: content.kind === 'console' ? content.vmId : undefined,
    window,
    send: (id: CommandId) => window.webContents.send(shellChannels.command, id),
    sendFiles: (paths) => window.webContents.send(shellChannels.openFiles, paths),
    sendScreen: (state) => window.webContents.send(shellChannels.screen, state),
    isFullScreen: () => window.isFullScreen(),
    setFullScreen: (on) => window.setFullScreen(on),
  };
}
