import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shellChannels } from './channels.ts';
import { Desktop } from './desktop.ts';
import { appStandIn } from './testing/app-stand-in.ts';
import { choose, outline, type WindowStandIn } from './testing/electron-stand-in.ts';
import { address, job, machine, states, TestBackend } from './testing/fixtures.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

describe('Desktop', () => {
  let folder: string;
  const opened: ReturnType<typeof appStandIn>[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tatin-desktop-'));
  });
  afterEach(() => {
    // A window that is open still means to write where it stands.
    for (const app of opened.splice(0)) for (const one of [...app.windows]) one.close();
    rmSync(folder, { recursive: true });
  });

  async function open(
    backend: TestBackend,
    { answers = [], platform = 'darwin' }: { answers?: string[]; platform?: NodeJS.Platform } = {},
  ) {
    const electron = appStandIn(answers);
    opened.push(electron);
    const letGo = vi.fn<() => Promise<void>>().mockResolvedValue();
    const desktop = await Desktop.open(electron.parts, {
      backend,
      platform,
      screenOf: () => ({ kind: 'remote' }),
      tool: { tool: '/app/bin/tatin', link: join(folder, 'bin/tatin') },
      updates: {
        version: '1.0.0',
        isInstalled: false,
        feed: () => undefined,
        load: () => Promise.reject(new Error('no')),
      },
      assets: '/app/assets',
      preload: '/app/preload.js',
      windowFile: join(folder, 'windows.json'),
      developer: false,
      letGo,
    });
    return Object.assign(electron, { desktop, letGo });
  }
  const says = (electron: Awaited<ReturnType<typeof open>>, page: WindowStandIn, message: object) =>
    electron.ipc.emit(
      shellChannels.request,
      { senderFrame: { url: page.url, parent: null }, sender: page.window.webContents },
      message,
    );
  const running = () => machine('a', states.running, address('10.0.2.15'));

  it('opens the library, with the menu bar and the running count', async () => {
    const { windows, title, menu } = await open(new TestBackend([running()]));
    expect(windows.map((one) => one.url)).toEqual(['app://tatin/index.html']);
    expect(title).toBe('1');
    expect(menu?.getMenuItemById('file.new')?.enabled).toBe(true);
    expect(menu?.getMenuItemById('machine.start')?.enabled).toBe(false);
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
    expect(electron.menu?.getMenuItemById('machine.suspend')?.enabled).toBe(true);
    electron.focus = undefined;
    library!.events.emit('blur');
    expect(electron.menu?.getMenuItemById('machine.suspend')?.enabled).toBe(false);
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
    electron.trayEvents.emit('click');
    choose(electron.tray, 'a', 'Suspend');
    await vi.waitFor(() => expect(backend.requests).toContain('machines.suspend local:a'), patience);
    expect(electron.title).toBe('');
    electron.trayEvents.emit('click');
    expect(outline(electron.tray)[0]).toBe('(1 suspended)');
  });

  it('builds the menu ahead where it can not be built at the click', async () => {
    const backend = new TestBackend([running()]);
    const electron = await open(backend, { platform: 'linux' });
    await vi.waitFor(() => expect(outline(electron.tray)).toContain('a · 10.0.2.15'), patience);
    backend.enter('local:a', states.suspended);
    await vi.waitFor(() => expect(outline(electron.tray)).toContain('a · Suspended'), { timeout: 20_000 });
  });

  it('stays on a Mac when the last window closes, and opens the library again', async () => {
    const electron = await open(new TestBackend());
    electron.windows[0]!.close();
    expect(electron.ended).toBe(false);
    electron.appEvents.emit('activate');
    expect(electron.windows).toHaveLength(1);
  });

  it('ends elsewhere when the last window closes, unless a guest runs', async () => {
    const idle = await open(new TestBackend(), { platform: 'linux' });
    idle.windows[0]!.close();
    await vi.waitFor(() => expect(idle.ended).toBe(true), patience);

    const busy = await open(new TestBackend([running()]), { platform: 'linux' });
    busy.windows[0]!.close();
    expect(busy.questions).toEqual([]);
    expect(busy.ended).toBe(false);
    busy.desktop.openLibrary();
    expect(busy.windows).toHaveLength(1);
  });

  it('leaves guests running that can go on, and lets go of everything', async () => {
    const backend = new TestBackend([running()]);
    const electron = await open(backend, { answers: ['Leave Running'] });
    electron.quit();
    await vi.waitFor(() => expect(electron.ended).toBe(true), patience);
    expect(electron.letGo).toHaveBeenCalledOnce();
    expect(electron.log).toContain('tray gone');
    expect(backend.listeners).toBe(0);
    expect(backend.requests.filter((request) => request.startsWith('machines.'))).toEqual([]);
  });

  it('offers to suspend guests that would end with the app, and does it', async () => {
    const backend = new TestBackend([{ ...running(), survivesApp: false }]);
    backend.answer('machines.suspend', ({ id }) => Promise.resolve(backend.enter(id, states.suspended)));
    const electron = await open(backend, { answers: ['Suspend and Quit'] });
    electron.quit();
    await vi.waitFor(() => expect(electron.ended).toBe(true), patience);
    expect(electron.questions[0]?.buttons).toEqual(['Suspend and Quit', 'Shut Down and Quit', 'Cancel']);
    expect(backend.requests).toContain('machines.suspend local:a');
  });

  it('stays when quitting is cancelled', async () => {
    const electron = await open(new TestBackend([running()]), { answers: ['Cancel'] });
    electron.quit();
    await vi.waitFor(() => expect(electron.questions).toHaveLength(1), patience);
    expect(electron.ended).toBe(false);
    expect(electron.windows).toHaveLength(1);
  });

  it('waits for jobs if told to', async () => {
    const backend = new TestBackend([], [job('Making a', 'running')]);
    const electron = await open(backend, { answers: ['Quit When Done'] });
    electron.quit();
    await vi.waitFor(() => expect(electron.questions).toHaveLength(1), patience);
    expect(electron.ended).toBe(false);
    backend.change(job('Making a', 'succeeded'));
    await vi.waitFor(() => expect(electron.ended).toBe(true), patience);
  });

  it('shows what an address asks for, and offers what it does for itself', async () => {
    const electron = await open(new TestBackend([running()]), { answers: ['Cancel'] });
    electron.desktop.followLink('tatin://show/a');
    expect(electron.windows.at(-1)?.url).toBe('app://tatin/console.html?vm=local%3Aa');
    electron.desktop.followLink('tatin://pull/ghcr.io/a/b');
    await vi.waitFor(() => expect(electron.questions.at(-1)?.message).toBe('Fetch the image “ghcr.io/a/b”?'), patience);
  });

  it('asks nobody when it is told to end from outside', async () => {
    const electron = await open(new TestBackend([running()]));
    await electron.desktop.leaveUnasked();
    expect(electron.ended).toBe(true);
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
