import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { CommandId } from './contract/commands/commands.ts';
import { bridgeMessage, type TransportBridge } from './contract/ipc-bridge.ts';
import type { NativeScreenShell, NativeScreenState } from './contract/native-screen.ts';
import type { Shell } from './contract/shell.ts';
import { shellChannels } from './shell/channels.ts';
import type { ShellRequest } from './shell/requests.ts';

/**
 * All that a page gets beside the web: the way to the services, and what the window around it can do. Runs in the
 * sandbox, in a world of its own; pages see copies of what is exposed here and nothing of Electron.
 */

/** The few members of `window` used here; the DOM's types would come with every file of the main process. */
interface PageWindow {
  readonly location: { readonly origin: string };
  addEventListener(type: 'message', listener: (event: PageMessage) => void): void;
}
interface PageMessage {
  readonly source: unknown;
  readonly origin: string;
  readonly data: unknown;
  readonly ports: Parameters<typeof ipcRenderer.postMessage>[2];
}
const page = globalThis as unknown as PageWindow; // In a preload script the global object is the window.

const request = (message: ShellRequest): void => ipcRenderer.send(shellChannels.request, message);

page.addEventListener('message', ({ source, origin, data, ports }) => {
  if (source !== page || origin !== page.location.origin || ports?.length !== 1) return;
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== bridgeMessage) return;
  ipcRenderer.postMessage(bridgeMessage, 'open' in data ? data.open : undefined, ports);
});

const nativeScreen: NativeScreenShell = {
  setOptions: (options) => request({ ask: 'setScreenOptions', options }),
  giveKeyboard: () => request({ ask: 'moveKeyboard', to: 'guest' }),
  takeKeyboard: () => request({ ask: 'moveKeyboard', to: 'page' }),
  onState: (listener) => {
    const receive = (_event: unknown, state: NativeScreenState): void => listener(state);
    ipcRenderer.on(shellChannels.screen, receive);
    request({ ask: 'listenForScreen' });
    return () => void ipcRenderer.removeListener(shellChannels.screen, receive);
  },
};

const shell: Shell = {
  kind: 'desktop',
  platform: process.platform === 'darwin' || process.platform === 'linux' ? process.platform : 'other',
  openConsole: (id) => request({ ask: 'openConsole', id }),
  openLibrary: () => request({ ask: 'openLibrary' }),
  openSettings: () => request({ ask: 'openSettings' }),
  chooseFile: ({ title, kind, extensions }) =>
    ipcRenderer.invoke(shellChannels.chooseFile, { title, kind, extensions }) as Promise<string | undefined>,
  // The DOM's File, which only this can follow to its place on disk; pages can't make one up for a path that they like.
  pathOf: (file) => webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]),
  onOpenFiles: (listener) => {
    const receive = (_event: unknown, paths: readonly string[]): void => listener(paths);
    ipcRenderer.on(shellChannels.openFiles, receive);
    request({ ask: 'listenForFiles' });
    return () => void ipcRenderer.removeListener(shellChannels.openFiles, receive);
  },
  dragExport: (jobId) => request({ ask: 'dragExport', jobId }),
  reveal: (path) => request({ ask: 'reveal', path }),
  onCommand: (listener) => {
    const receive = (_event: unknown, id: CommandId): void => listener(id);
    ipcRenderer.on(shellChannels.command, receive);
    request({ ask: 'listen' });
    return () => void ipcRenderer.removeListener(shellChannels.command, receive);
  },
  setEnabledCommands: (ids) => request({ ask: 'enable', ids: [...ids] }),
  setFullScreen: (on) => request({ ask: 'setFullScreen', on }),
  // Only macOS draws screens of machines itself.
  ...(process.platform === 'darwin' ? { nativeScreen } : {}),
};

contextBridge.exposeInMainWorld('tatinShell', shell);
contextBridge.exposeInMainWorld('tatinTransport', { kind: 'ipc' } satisfies TransportBridge);
