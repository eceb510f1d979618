/**
 * The desktop app: the services, the transport to its pages, and the desktop around them. Everything that Electron
 * gives comes in here and is handed on.
 */
import './host/private-process.ts';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
  Tray,
} from 'electron';
import { AppError } from './contract/errors.ts';
import { stateFolder } from './host/folders.ts';
import type { Log } from './host/log.ts';
import { projectRoot } from './host/paths.ts';
import { surviveUncaughtErrors } from './host/uncaught-errors.ts';
import { screenSourceOf } from './operations/machines/screen-source.ts';
import { openAllServices } from './operations/open-services.ts';
import { aboutPanel } from './shell/about-panel.ts';
import { runInApp } from './shell/command-line.ts';
import { toolPlaces } from './shell/command-line-tool.ts';
import { readSettings, watchSettings } from './settings/settings-file.ts';
import { Desktop } from './shell/desktop.ts';
import { launchArguments, type LaunchArguments } from './shell/launch-arguments.ts';
import { isOwnPage, pageHandler, pageScheme, pageSchemePrivileges } from './shell/page-protocol.ts';
import { guardPermissions } from './shell/web-rules.ts';
import { takeArguments } from './terminal/in-app.ts';
import { serveIpc } from './transport/ipc-main.ts';

const root = projectRoot();

/** A command line that a terminal handed on, to be run in place of the app's windows. */
const words = takeArguments(process.env);

app.setName('Tatin');
// Two Tatins with states of their own are two apps, so the lock below follows the state folder. A command line is none, and
// shares nothing of Electron's with the app beside it.
const userData = join(stateFolder(), words === undefined ? 'electron' : `electron-run/${process.pid}`);
app.setPath('userData', userData);
app.enableSandbox();
protocol.registerSchemesAsPrivileged([pageSchemePrivileges]);

/** The arguments that are no one's: the program and, in development, the folder that it runs. */
const ownWords = app.isPackaged ? 1 : 2;

/** What the app was opened with, until there is a desktop to give it to. A Mac tells by events, others by arguments. */
const given = launchArguments(process.argv.slice(ownWords), process.cwd());
let take = ({ files, links }: LaunchArguments): void => {
  given.files.push(...files);
  given.links.push(...links);
};
app.on('open-file', (event, path) => {
  event.preventDefault();
  take({ files: [path], links: [] });
});
app.on('open-url', (event, url) => {
  event.preventDefault();
  take({ files: [], links: [url] });
});

// Electron waits for this module before it gets ready, so nothing here may wait for that at the top level.
if (words !== undefined)
  app
    .whenReady()
    .then(() => commandLine(words))
    .catch(failInTerminal);
else if (app.requestSingleInstanceLock()) app.whenReady().then(start).catch(fail);
else app.quit();

async function commandLine(line: readonly string[]): Promise<void> {
  const exitCode = await runInApp(line, { app, dialog, Menu, shell });
  // What Electron itself still keeps open there is no loss.
  rmSync(userData, { recursive: true, force: true });
  app.exit(exitCode);
}

async function start(): Promise<void> {
  app.setAboutPanelOptions(aboutPanel(root));
  // An installed app has its icon in its bundle; the one for development has Electron's.
  if (!app.isPackaged) app.dock?.setIcon(join(root, 'assets/icons/512x512.png'));
  guardPermissions(session.defaultSession);
  protocol.handle(pageScheme, pageHandler(join(root, 'dist/renderer')));
  // Menus, dialogs and title bars, which pages do not draw.
  nativeTheme.themeSource = readSettings().appearance;
  watchSettings(({ settings }) => (nativeTheme.themeSource = settings.appearance));
  const services = await openAllServices({ supervise: true });
  surviveUncaughtErrors(tellOfUncaught(services.log));
  const stopServing = serveIpc(ipcMain, services.backend, isOwnPage);
  const parts = {
    ...{ app, BrowserWindow, clipboard, dialog, ipcMain, Menu, nativeImage, nativeTheme, powerSaveBlocker },
    ...{ screen, shell, Tray },
  };
  const desktop = await Desktop.open(parts, {
    backend: services.backend,
    platform: process.platform,
    screenOf: (id) => screenSourceOf(services, id),
    tool: toolPlaces(join(app.isPackaged ? process.resourcesPath : root, 'bin/tatin'), process.platform),
    updates: {
      version: app.getVersion(),
      isInstalled: app.isPackaged,
      feed: () => setIn(process.env, 'TATIN_UPDATE_FEED') ?? readSettings()['updates.feed'] ?? undefined,
      load: async () => (await import('electron-updater')).default.autoUpdater,
    },
    assets: join(root, 'assets'),
    preload: join(root, 'dist/main/preload.js'),
    windowFile: join(stateFolder(), 'windows.json'),
    developer: !app.isPackaged,
    letGo: async () => {
      stopServing();
      await services[Symbol.asyncDispose]();
    },
  });
  take = ({ files, links }) => {
    if (files.length > 0) desktop.openFiles(files);
    for (const link of links) desktop.followLink(link);
  };
  take(given);
  app.on('second-instance', (_event, argv, folder) => {
    desktop.openLibrary();
    take(launchArguments(argv.slice(ownWords), folder));
  });
  // Only once the app is ready: Chromium sets its own handlers until then.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void desktop.leaveUnasked());
}

/** Every error goes to the log, the first also to the user: the next ones may only follow from it. */
function tellOfUncaught(log: Log): (error: unknown) => void {
  let isTold = false;
  return (error) => {
    log.error('An error that nothing caught', error);
    if (isTold) return;
    isTold = true;
    void dialog.showMessageBox({
      type: 'error',
      message: 'Something went wrong in Tatin.',
      detail: `Your machines go on. If something does not work, restart Tatin. The log says more: ${log.file}`,
    });
  };
}

/** An empty variable is none. */
function setIn(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

/** Whoever typed a command line may have no screen, where a dialog would wait for ever. */
function failInTerminal(error: unknown): void {
  console.error(error);
  app.exit(1);
}

/** Nothing can be shown without the services, so the reason is said in a dialog of the system's. */
function fail(thrown: unknown): void {
  const error = AppError.from(thrown);
  console.error(thrown);
  dialog.showErrorBox(error.message, error.hint ?? '');
  app.exit(1);
}
