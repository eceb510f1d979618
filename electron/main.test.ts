import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { appStandIn } from './shell/testing/app-stand-in.ts';
import { standIn } from './shell/testing/electron-stand-in.ts';

describe('main', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tatin-main-'));
    mkdirSync(join(folder, 'home'));
    vi.stubEnv('TART_HOME', join(folder, 'home'));
    vi.stubEnv('TATIN_STATE', join(folder, 'state'));
    vi.stubEnv('TATIN_RUNTIME', join(folder, 'run'));
    vi.resetModules();
  });
  afterEach(() => {
    vi.doUnmock('electron');
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Electron beside the app; `first` says whether no other Tatin of this state runs. */
  function electron({ first }: { first: boolean }) {
    const paths = new Map<string, string>();
    const exits: number[] = [];
    const app = appStandIn([], {
      isPackaged: false,
      getVersion: () => '1.0.0',
      setName: () => {},
      setPath: (name, path) => void paths.set(name, path),
      enableSandbox: () => app.log.push('sandboxed'),
      requestSingleInstanceLock: () => first,
      whenReady: () => Promise.resolve(),
      setAboutPanelOptions: () => {},
      exit: (code) => void exits.push(code ?? 0),
    });
    const schemes: string[] = [];
    vi.doMock('electron', () => ({
      ...app.parts,
      protocol: standIn<Electron.Protocol>('protocol', {
        registerSchemesAsPrivileged: (list) => void schemes.push(...list.map(({ scheme }) => scheme)),
        handle: (scheme) => void app.log.push(`serves ${scheme}`),
      }),
      session: {
        defaultSession: standIn<Electron.Session>('session', {
          setPermissionCheckHandler: () => app.log.push('guards permissions'),
          setPermissionRequestHandler: () => {},
        }),
      },
    }));
    return { app, paths, exits, schemes };
  }

  it('opens the library over the real services, comes to the front again, and ends when told to', async () => {
    const { app, paths, schemes } = electron({ first: true });
    const on = vi.spyOn(process, 'on').mockReturnValue(process);
    await import('./main.ts');
    await vi.waitFor(() => expect(app.windows.map((one) => one.url)).toEqual(['app://tatin/index.html']), {
      timeout: 60_000,
    });
    expect(schemes).toEqual(['app']);
    expect(app.log).toEqual(expect.arrayContaining(['sandboxed', 'serves app', 'guards permissions']));
    expect(paths.get('userData')).toBe(join(folder, 'state/electron'));

    app.windows[0]?.close();
    app.appEvents.emit('second-instance', {}, ['electron', '/app', 'tatin://open'], '/');
    expect(app.windows).toHaveLength(1);
    const event = { preventDefault: vi.fn<() => void>() };
    app.appEvents.emit('open-url', event, 'tatin://show/nobody');
    app.appEvents.emit('open-file', event, '/tmp/debian.iso');
    expect(event.preventDefault).toHaveBeenCalledTimes(2);
    expect(app.windows).toHaveLength(1);

    const uncaught = on.mock.calls.find(([event]) => event === 'uncaughtException')?.[1] as (error: Error) => void;
    uncaught(new Error('a stray listener'));
    uncaught(new Error('and what follows from it'));
    expect(app.questions.map(({ message }) => message)).toEqual(['Something went wrong in Tatin.']);
    const log = readFileSync(join(folder, 'state/tatin.log'), 'utf8');
    expect(log).toMatch(/a stray listener[^]*and what follows from it/);

    const terminated = on.mock.calls.find(([signal]) => signal === 'SIGTERM')?.[1] as () => void;
    terminated();
    await vi.waitFor(() => expect(app.ended).toBe(true), { timeout: 60_000 });
    expect(app.ipc.listenerCount('tatin:open')).toBe(0);
  });

  it('leaves everything to the Tatin that runs already', async () => {
    const { app } = electron({ first: false });
    await import('./main.ts');
    expect(app.ended).toBe(true);
    expect(app.windows).toEqual([]);
  });
});
