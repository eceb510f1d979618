import { EventEmitter } from 'node:events';
import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, OpenDialogOptions } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shellChannels } from './channels.ts';
import { isOwnMainFrame, serveRequests } from './requests.ts';
import { listening, standIn, windowStandIn } from './testing/electron-stand-in.ts';

const page = { url: 'app://tatin/index.html', parent: null };

function scene(picked: { canceled: boolean; filePaths: string[] } = { canceled: true, filePaths: [] }) {
  const events = new EventEmitter();
  const log: unknown[] = [];
  const asked: OpenDialogOptions[] = [];
  const handlers = new Map<string, Parameters<IpcMain['handle']>[1]>();
  const { window } = windowStandIn({});
  serveRequests(
    {
      ipcMain: standIn<IpcMain>('ipcMain', {
        ...listening(events),
        handle: (channel, listener) => void handlers.set(channel, listener),
      }),
      dialog: {
        showOpenDialog: (...parts: unknown[]) => {
          asked.push(parts.at(-1) as OpenDialogOptions);
          return Promise.resolve(picked);
        }, // One function for both overloads: with a window and without.
      },
      shell: { showItemInFolder: (path) => log.push(['reveal', path]) },
    },
    {
      windowOf: (sender) => (sender === 7 ? window : undefined),
      openConsole: (id) => log.push(['console', id]),
      openLibrary: () => log.push('library'),
      openSettings: () => log.push('settings'),
      dragExport: (sender, jobId) => log.push(['dragExport', sender, jobId]),
      listen: (sender) => log.push(['listen', sender]),
      listenForFiles: (sender) => log.push(['listenForFiles', sender]),
      enable: (sender, ids) => log.push(['enable', sender, ids]),
      listenForScreen: (sender) => log.push(['listenForScreen', sender]),
      setScreenOptions: (sender, options) => log.push(['setScreenOptions', sender, options]),
      moveKeyboard: (sender, to) => log.push(['moveKeyboard', sender, to]),
    },
  );
  type Frame = { url: string; parent: null | object } | null;
  const eventFrom = (senderFrame: Frame) =>
    standIn<IpcMainEvent & IpcMainInvokeEvent>('event', {
      senderFrame: senderFrame as Electron.WebFrameMain | null,
      sender: standIn<Electron.WebContents>('WebContents', { id: 7 }),
    });
  return {
    log,
    asked,
    window,
    send: (message: unknown, frame: Frame = page) => events.emit(shellChannels.request, eventFrom(frame), message),
    choose: (message: unknown, frame: Frame = page) =>
      handlers.get(shellChannels.chooseFile)!(eventFrom(frame), message) as Promise<unknown>,
  };
}

describe('serveRequests', () => {
  beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue());
  afterEach(() => vi.restoreAllMocks());

  it('does what a page of ours asks', () => {
    const { send, log, window } = scene();
    send({ ask: 'openConsole', id: 'local:a' });
    send({ ask: 'openLibrary' });
    send({ ask: 'openSettings' });
    send({ ask: 'reveal', path: '/home/me/.tart/vms/a' });
    send({ ask: 'dragExport', jobId: '4fc1a3c5-3f0e-4b1b-9a44-0b6f2d7a9c11' });
    send({ ask: 'listen' });
    send({ ask: 'enable', ids: ['machine.start'] });
    send({ ask: 'setFullScreen', on: true });
    send({ ask: 'listenForScreen' });
    send({
      ask: 'setScreenOptions',
      options: { place: null, isCovered: true, capturesSystemKeys: false, refits: true },
    });
    send({ ask: 'moveKeyboard', to: 'guest' });
    expect(log).toEqual([
      ['console', 'local:a'],
      'library',
      'settings',
      ['reveal', '/home/me/.tart/vms/a'],
      ['dragExport', 7, '4fc1a3c5-3f0e-4b1b-9a44-0b6f2d7a9c11'],
      ['listen', 7],
      ['enable', 7, ['machine.start']],
      ['listenForScreen', 7],
      ['setScreenOptions', 7, { place: null, isCovered: true, capturesSystemKeys: false, refits: true }],
      ['moveKeyboard', 7, 'guest'],
    ]);
    expect(window.isFullScreen()).toBe(true);
  });

  it.each([
    ['a page of another origin', { url: 'https://example.com/', parent: null }],
    ['a frame inside a page', { ...page, parent: page }],
    ['a frame that is gone', null],
  ])('does nothing for %s', async (_who, frame) => {
    const { send, choose, log, asked } = scene();
    send({ ask: 'openLibrary' }, frame);
    await expect(choose({ title: 'Open', kind: 'file' }, frame)).rejects.toThrow('Only pages of Tatin');
    expect([log, asked]).toEqual([[], []]);
    expect(isOwnMainFrame(frame as Electron.WebFrameMain | null)).toBe(false);
  });

  it.each([
    undefined,
    'openLibrary',
    { ask: 'quit' },
    { ask: 'openConsole' },
    { ask: 'openConsole', id: '' },
    { ask: 'reveal', path: 'relative/path' },
    { ask: 'dragExport', jobId: '/etc/passwd' },
    { ask: 'reveal', path: '/a\0b' },
    { ask: 'enable', ids: ['no.such.command'] },
    { ask: 'setFullScreen', on: 'yes' },
    { ask: 'setScreenOptions', options: { place: { x: 0, y: 0, width: -1, height: 1 } } },
    { ask: 'moveKeyboard', to: 'nowhere' },
  ])('does nothing for %j', (message) => {
    const { send, log } = scene();
    send(message);
    expect(log).toEqual([]);
    expect(console.error).toHaveBeenCalledOnce();
  });

  it('asks for a file in the system’s own dialog and gives its path', async () => {
    const { choose, asked } = scene({ canceled: false, filePaths: ['/home/me/debian.iso'] });
    expect(await choose({ title: 'Choose an Installer', kind: 'file', extensions: ['.iso'] })).toBe(
      '/home/me/debian.iso',
    );
    expect(asked).toEqual([
      {
        title: 'Choose an Installer',
        message: 'Choose an Installer',
        properties: ['openFile'],
        filters: [{ name: 'Choose an Installer', extensions: ['iso'] }],
      },
    ]);
  });

  it('gives nothing when the person cancels, and takes no odd question', async () => {
    const { choose, asked } = scene();
    expect(await choose({ title: 'Share', kind: 'folder' })).toBeUndefined();
    expect(asked[0]?.properties).toEqual(['openDirectory']);
    await expect(choose({ title: 'x', kind: 'file', extensions: ['../x'] })).rejects.toThrow();
    await expect(choose({ title: 'x', kind: 'socket' })).rejects.toThrow();
  });
});
