import type { AppError } from '../contract/errors.ts';
import { endsWithTatin } from '../contract/job.ts';
import type { CommandId } from '../contract/commands/commands.ts';
import type { MachineVm } from '../contract/machine.ts';
import { CommandRouter } from './command-router.ts';
import * as dialogs from './dialogs.ts';
import type { DesktopOptions, ElectronParts } from './desktop-options.ts';
import { followWork } from './dock.ts';
import { type AppServiceParts, AppServices } from './app-services.ts';
import type { MachineCommand } from './machine-actions.ts';
import { applyEnabled, menuTemplate } from './menu-template.ts';
import { dragExport } from './drag-out.ts';
import { GivenFiles } from './given-files.ts';
import { NativeScreens } from './native-screens.ts';
import { ownRunning, type Question } from './quit.ts';
import { quitDuties } from './quit-duties.ts';
import { QuitGate } from './quit-gate.ts';
import { serveRequests } from './requests.ts';
import { shownWhileSet } from './shown-while-set.ts';
import { Status } from './status.ts';
import { TrayItem } from './tray.ts';
import { WindowMemory } from './window-memory.ts';
import { type AppWindow, Windows } from './windows.ts';

/**
 * The desktop around the pages: windows, menus, menu-bar item, Dock, and the question before the app ends.
 *
 * A window is not a machine: closing one, or all, stops no guest.
 */
export class Desktop {
  readonly #parts: ElectronParts;
  readonly #options: DesktopOptions;
  readonly #status: Status;
  readonly #windows: Windows;
  readonly #router: CommandRouter;
  readonly #files: GivenFiles;
  readonly #screens: NativeScreens;
  readonly #gate: QuitGate;
  readonly #errands: AppServices;
  readonly #menu: Electron.Menu;
  readonly #ended = new AbortController();
  readonly #open = new DisposableStack();

  private constructor(parts: ElectronParts, options: DesktopOptions, status: Status) {
    this.#parts = parts;
    this.#options = options;
    this.#status = this.#open.use(status);
    this.#screens = new NativeScreens((id) => options.screenOf(id));
    this.#windows = this.#makeWindows();
    this.#router = new CommandRouter({
      focused: () => this.#windows.focused(),
      library: () => this.#windows.openLibrary(),
      settings: () => void this.#windows.openSettings(),
    });
    this.#files = new GivenFiles(() => this.#windows.openLibrary());
    this.#windows.onLoad = (window) => {
      this.#router.reset(window);
      this.#files.reset(window);
      this.#screens.reset(window);
    };
    const { platform, developer } = options;
    this.#menu = parts.Menu.buildFromTemplate(
      menuTemplate({
        platform,
        developer,
        run: (id) => this.#router.run(id),
        installTool: () => void this.#errands.installTool(),
        lookForUpdates: () => void this.#errands.lookForUpdates(),
      }),
    );
    this.#gate = new QuitGate(this.#quitDuties());
    this.#errands = this.#open.use(new AppServices(this.#errandParts()));
  }

  /** Reads what there is, then puts everything where it was. Rejects with AppError if the library can't be listed. */
  static async open(parts: ElectronParts, options: DesktopOptions): Promise<Desktop> {
    const desktop = new Desktop(parts, options, await Status.open(options.backend, AbortSignal.timeout(60_000)));
    desktop.#serve();
    desktop.#follow();
    desktop.#windows.restore(new Set(desktop.#status.vms.map((vm) => vm.id)));
    return desktop;
  }

  /** Brings the library to the front: the app was started again, or its Dock icon was clicked. */
  openLibrary(): void {
    this.#windows.openLibrary();
  }

  /** Files were dropped on the app's icon or opened with it: the library asks what is to be done with them. */
  openFiles(paths: readonly string[]): void {
    this.#files.give(paths);
  }

  /** The app was opened with an address of its own. */
  followLink(text: string): void {
    void this.#errands.followLink(text);
  }

  /** Ends without asking, for a signal from outside. Guests that can't go on alone are suspended. */
  async leaveUnasked(): Promise<void> {
    await this.#gate.quitWithoutPrompt();
  }

  #makeWindows(): Windows {
    const { BrowserWindow, nativeTheme, screen } = this.#parts;
    const { platform, preload, assets, windowFile } = this.#options;
    return new Windows({
      platform,
      preload,
      icon: `${assets}/icons/256x256.png`,
      create: (options) => new BrowserWindow(options),
      focused: () => BrowserWindow.getFocusedWindow(),
      workAreas: () => {
        const main = screen.getPrimaryDisplay();
        const others = screen.getAllDisplays().filter((display) => display.id !== main.id);
        return [main, ...others].map((display) => display.workArea);
      },
      dark: () => nativeTheme.shouldUseDarkColors,
      memory: WindowMemory.read(windowFile),
      vm: (id) => this.#status.vm(id),
      leaving: () => this.#gate.leaving,
      onOpen: (window) => this.#screens.follow(window),
      onFocus: () => this.#refreshMenu(),
    });
  }

  #serve(): void {
    const { app, Menu } = this.#parts;
    Menu.setApplicationMenu(this.#menu);
    this.#refreshMenu();
    serveRequests(this.#parts, {
      windowOf: (sender) => this.#windows.byContents(sender)?.window,
      openConsole: (id) => void this.#windows.openConsole(id),
      openLibrary: () => this.openLibrary(),
      openSettings: () => void this.#windows.openSettings(),
      dragExport: (sender, jobId) =>
        void dragExport(this.#windows.byContents(sender)?.window.webContents, jobId, this.#options),
      listen: (sender) => this.#by(sender, (window) => this.#router.listen(window)),
      listenForFiles: (sender) => this.#by(sender, (window) => this.#files.listen(window)),
      enable: (sender, ids) => this.#enable(sender, ids),
      listenForScreen: (sender) => this.#by(sender, (window) => this.#screens.tellAgain(window)),
      setScreenOptions: (sender, options) => this.#by(sender, (window) => this.#screens.setOptions(window, options)),
      moveKeyboard: (sender, to) =>
        this.#by(sender, (window) =>
          to === 'guest' ? this.#screens.giveKeyboard(window) : this.#screens.takeKeyboard(window),
        ),
    });
    app.on('activate', () => this.openLibrary());
    app.on('before-quit', (event) => this.#gate.beforeQuit(event));
    app.on('window-all-closed', () => this.#allClosed());
  }

  /** A page may have closed by the time that its message is read. */
  #by(sender: number, work: (window: AppWindow) => void): void {
    const window = this.#windows.byContents(sender);
    if (window !== undefined) work(window);
  }

  /** What a page says that it offers; while it has the keyboard for its guest, menus get no keys. */
  #enable(sender: number, ids: readonly CommandId[]): void {
    const window = this.#windows.byContents(sender);
    if (window === undefined) return;
    this.#router.enable(window, ids);
    window.window.webContents.setIgnoreMenuShortcuts(this.#router.captures(window));
    this.#refreshMenu();
  }

  #follow(): void {
    const { app, Menu, nativeImage, powerSaveBlocker, Tray } = this.#parts;
    const { platform, assets } = this.#options;
    this.#open.defer(this.#status.onChange(() => this.#screens.refresh()));
    const makeTray = (): TrayItem =>
      new TrayItem({
        platform,
        assets,
        status: this.#status,
        create: (image) => new Tray(image),
        image: (path) => nativeImage.createFromPath(path),
        menu: (template) => Menu.buildFromTemplate(template),
        run: (id, vm) => {
          void this.#runOn(id, vm);
        },
        newMachine: () => this.#router.run('file.new'),
        openLibrary: () => this.openLibrary(),
        openFiles: (paths) => this.openFiles(paths),
        openJobs: () => this.#router.run('window.jobs'),
        quit: () => app.quit(),
      });
    this.#open.use(shownWhileSet((settings) => settings['menuBar.show'], makeTray));
    this.#open.use(
      followWork(this.#status, {
        dock: app.dock,
        powerSaveBlocker,
        menu: (template) => Menu.buildFromTemplate(template),
        progressWindow: () => this.#windows.library?.window,
        openConsole: (vm) => void this.#windows.openConsole(vm.id),
        newMachine: () => this.#router.run('file.new'),
      }),
    );
  }

  #refreshMenu(): void {
    applyEnabled(this.#menu, this.#router.enabled());
  }

  async #runOn(command: MachineCommand, vm: MachineVm): Promise<void> {
    await command.perform(vm, {
      handlers: this.#options.backend.handlers,
      openConsole: (vmId) => void this.#windows.openConsole(vmId),
      copy: (text) => this.#parts.clipboard.writeText(text),
      ask: (question) => this.#ask(question),
      tell: (error) => this.#tell(error),
      signal: this.#ended.signal,
    });
  }

  /** On a Mac an app stays without windows; elsewhere only as long as something runs that its menu can still reach. */
  #allClosed(): void {
    if (this.#options.platform === 'darwin' || this.#gate.leaving) return;
    const busy = ownRunning(this.#status.vms).length > 0 || this.#status.jobs.some(endsWithTatin);
    if (!busy) this.#parts.app.quit();
  }

  #quitDuties() {
    return quitDuties({
      status: this.#status,
      handlers: this.#options.backend.handlers,
      ask: (question, signal) => this.#ask(question, signal),
      tell: (error) => this.#tell(error),
      letGo: () => this.#letGo(),
      quit: () => this.#parts.app.quit(),
    });
  }

  #errandParts(): AppServiceParts {
    const { backend, tool, updates } = this.#options;
    return {
      handlers: backend.handlers,
      ...{ tool, updates },
      vms: () => this.#status.vms,
      openLibrary: () => this.openLibrary(),
      openConsole: (id) => void this.#windows.openConsole(id),
      showJobs: () => this.#router.run('window.jobs'),
      ask: (question) => this.#ask(question),
      tell: (error) => this.#tell(error),
      quit: () => this.#parts.app.quit(),
      signal: this.#ended.signal,
    };
  }

  async #letGo(): Promise<void> {
    this.#windows.remember();
    this.#ended.abort();
    this.#open.dispose();
    await this.#options.letGo();
  }

  #ask<Choice extends string>(question: Question<Choice>, signal?: AbortSignal): Promise<Choice> {
    return dialogs.ask(this.#dialogParts(), question, signal);
  }

  #tell(error: AppError): Promise<void> {
    return dialogs.tell(this.#dialogParts(), error);
  }

  /** A sheet hangs from the window in front, else from the library; with neither a dialog stands alone. */
  #dialogParts(): dialogs.DialogParts {
    const { dialog, app } = this.#parts;
    return { dialog, app, parent: () => (this.#windows.focused() ?? this.#windows.library)?.window };
  }
}
