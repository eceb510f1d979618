import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandId } from './contract/commands/commands.ts';
import type { Shell } from './contract/shell.ts';
import { shellRequestSchema } from './shell/requests.ts';

const ipc = new EventEmitter();
const sent: unknown[][] = [];
const exposed = new Map<string, unknown>();
const pages: ((event: object) => void)[] = [];

vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (name: string, value: unknown) => exposed.set(name, value) },
  ipcRenderer: {
    on: (channel: string, listener: () => void) => ipc.on(channel, listener),
    removeListener: (channel: string, listener: () => void) => ipc.removeListener(channel, listener),
    send: (...message: unknown[]) => sent.push(message),
    postMessage: (...message: unknown[]) => sent.push(message),
    invoke: (...message: unknown[]) => {
      sent.push(message);
      return Promise.resolve('/chosen.iso');
    },
  },
}));

describe('preload', () => {
  beforeEach(async () => {
    vi.stubGlobal('location', { origin: 'app://tatin' });
    vi.stubGlobal('addEventListener', (_type: string, listener: (event: object) => void) => pages.push(listener));
    vi.resetModules();
    for (const list of [sent, pages]) list.length = 0;
    exposed.clear();
    await import('./preload.ts');
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    ipc.removeAllListeners();
  });
  const shell = () => exposed.get('tatinShell') as Shell;

  it('exposes the shell and the mark of the transport, and nothing else', () => {
    expect([...exposed.keys()].sort()).toEqual(['tatinShell', 'tatinTransport']);
    expect(exposed.get('tatinTransport')).toEqual({ kind: 'ipc' });
    expect(shell()).toMatchObject({ kind: 'desktop', platform: process.platform });
  });

  it('asks in words that the main process takes', () => {
    const it = shell();
    it.openConsole('local:a');
    it.openLibrary();
    it.openSettings?.();
    it.reveal?.('/home/me/.tart/vms/a');
    it.setEnabledCommands(['machine.start']);
    it.setFullScreen(true);
    it.onCommand(() => {});
    expect(sent.map(([channel]) => channel)).toEqual(Array.from({ length: 7 }, () => 'tatin:shell'));
    expect(sent.map(([, message]) => shellRequestSchema.parse(message).ask)).toEqual([
      'openConsole',
      'openLibrary',
      'openSettings',
      'reveal',
      'enable',
      'setFullScreen',
      'listen',
    ]);
  });

  it('has a screen over the page on a Mac alone, and passes on its options', async () => {
    expect(shell().nativeScreen !== undefined).toBe(process.platform === 'darwin');
    const platform = vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    vi.resetModules();
    await import('./preload.ts');
    platform.mockRestore();
    const screen = shell().nativeScreen;
    const states: string[] = [];
    const leave = screen?.onState(({ kind }) => states.push(kind));
    screen?.setOptions({ place: null, isCovered: false, capturesSystemKeys: true, refits: null });
    screen?.giveKeyboard();
    screen?.takeKeyboard();
    ipc.emit('tatin:screen', {}, { kind: 'ready' });
    leave?.();
    ipc.emit('tatin:screen', {}, { kind: 'off' });
    expect(states).toEqual(['ready']);
    expect(sent.map(([, message]) => shellRequestSchema.parse(message).ask)).toEqual([
      'listenForScreen',
      'setScreenOptions',
      'moveKeyboard',
      'moveKeyboard',
    ]);
  });

  it('hands commands to a listener until it leaves', () => {
    const got: CommandId[] = [];
    const leave = shell().onCommand((id) => got.push(id));
    ipc.emit('tatin:command', {}, 'file.new');
    leave();
    ipc.emit('tatin:command', {}, 'file.new');
    expect(got).toEqual(['file.new']);
  });

  it('gives the path that the person chose', async () => {
    expect(await shell().chooseFile?.({ title: 'Choose', kind: 'file', extensions: ['iso'] })).toBe('/chosen.iso');
    expect(sent).toEqual([['tatin:choose-file', { title: 'Choose', kind: 'file', extensions: ['iso'] }]]);
  });

  it('passes on a port that the page itself posts, and no other', () => {
    const port = {};
    const good = { source: globalThis, origin: 'app://tatin', data: { type: 'tatin:open', open: 1 }, ports: [port] };
    const receive = (event: object) => {
      for (const listener of pages) listener(event);
    };
    receive({ ...good, source: {} });
    receive({ ...good, origin: 'https://example.com' });
    receive({ ...good, data: { type: 'other' } });
    receive({ ...good, data: null });
    receive({ ...good, ports: [] });
    expect(sent).toEqual([]);
    receive(good);
    expect(sent).toEqual([['tatin:open', 1, [port]]]);
  });
});
