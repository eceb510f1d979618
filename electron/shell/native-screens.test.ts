import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VmId } from '../contract/machine.ts';
import type { NativeScreenState, ScreenOptions } from '../contract/native-screen.ts';
import { AddonStandIn } from '../hypervisor/vz/testing/addon-stand-in.ts';
import { VzDriver } from '../hypervisor/vz/vz-driver.ts';
import type { VzNativeMachine } from '../hypervisor/vz/addon.ts';
import type { VzMachine } from '../hypervisor/vz/vz-machine.ts';
import { Library } from '../library/library.ts';
import { quietWork } from '../library/testing/temporary-home.ts';
import { screenSourceOf } from '../operations/machines/screen-source.ts';
import { NativeScreens, placeOf } from './native-screens.ts';
import { windowStandIn, type WindowStandIn } from './testing/electron-stand-in.ts';

const options: ScreenOptions = {
  place: { x: 0, y: 52, width: 800, height: 500 },
  isCovered: false,
  capturesSystemKeys: false,
  refits: null,
};
const forever = new AbortController().signal;

let root: string;
let addon: AddonStandIn;
let driver: VzDriver;
let library: Library;
let screens: NativeScreens;
let machine: VzMachine;

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'tatin-screens-'));
  addon = new AddonStandIn();
  library = await Library.open(path.join(root, 'home'));
  driver = new VzDriver({
    load: () => ({ addon: addon.addon, facts: addon.facts }),
    descriptors: () => addon.descriptors,
    architecture: 'arm64',
  });
  screens = new NativeScreens((id) => screenSourceOf({ driver, library }, id));
  await library.create(
    { name: 'web', os: 'linux', arch: 'arm64', cpuCount: 2, memoryBytes: 1024 ** 3, diskBytes: 1_000_000 },
    quietWork(),
  );
});

afterEach(async () => {
  const running = driver.running(library.home.vmFolder('web'));
  await running?.forceStop();
  await running?.ended(forever);
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<void> {
  machine = await driver.start(library.home.vmFolder('web'), {}, forever);
  screens.refresh();
}

interface Console {
  readonly stood: WindowStandIn;
  readonly window: Parameters<NativeScreens['follow']>[0];
  readonly states: NativeScreenState[];
}

function openConsole(vmId: VmId = 'local:web'): Console {
  const stood = windowStandIn({});
  const states: NativeScreenState[] = [];
  const window = { vmId, window: stood.window, sendScreen: (state: NativeScreenState) => void states.push(state) };
  screens.follow(window);
  screens.tellAgain(window);
  return { stood, window, states };
}

/** What was done to the screen, in order, and when the machine was closed and powered. */
function calls(): string[] {
  const of = ['showView', 'changeView', 'focusView', 'blurView', 'closeView', 'stop', 'close'];
  return addon.calls.filter((call) => of.includes(call));
}

const guest = () => addon.machines[0];
const kinds = (states: NativeScreenState[]) => states.map(({ kind }) => kind);

describe('The screens over console pages', () => {
  it('come when the machine runs, and go before it is closed', async () => {
    const { window, states } = openConsole();
    screens.setOptions(window, options);
    expect(calls()).toEqual([]);
    await start();
    screens.refresh();
    guest()?.tell({ event: 'displayChanged', width: 1024, height: 768 });
    guest()?.guestStops();
    await machine.ended(forever);
    screens.refresh();
    expect(calls()).toEqual(['showView', 'changeView', 'closeView', 'close']);
    expect(states).toEqual([
      { kind: 'off' },
      { kind: 'shown', hasKeyboard: false },
      { kind: 'shown', hasKeyboard: false, size: { width: 1024, height: 768 } },
      { kind: 'off' },
    ]);
  });

  it('follow the window’s size and full screen', async () => {
    await start();
    const { stood, window } = openConsole();
    screens.setOptions(window, options);
    stood.events.emit('resize');
    stood.events.emit('enter-full-screen');
    stood.events.emit('leave-full-screen');
    expect(calls()).toEqual(['showView', 'changeView', 'changeView', 'changeView']);
  });

  it('hide under what covers them, giving the keyboard to that, and come back', async () => {
    await start();
    const { stood, window, states } = openConsole();
    screens.setOptions(window, options);
    screens.giveKeyboard(window);
    guest()?.tell({ event: 'focused' });
    screens.setOptions(window, { ...options, isCovered: true });
    guest()?.tell({ event: 'blurred' });
    screens.setOptions(window, options);
    expect(calls()).toEqual(['showView', 'focusView', 'blurView', 'changeView', 'changeView']);
    expect(stood.calls.filter((call) => call === 'page focus')).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: 'shown', hasKeyboard: false });
  });

  it('give the keyboard back to the page when the person lets go of it', async () => {
    await start();
    const { stood, window, states } = openConsole();
    screens.setOptions(window, options);
    guest()?.tell({ event: 'focused' });
    guest()?.tell({ event: 'blurred' });
    guest()?.tell({ event: 'keysReleased' });
    expect(stood.calls).toContain('page focus');
    expect(states.slice(-2)).toEqual([
      { kind: 'shown', hasKeyboard: true },
      { kind: 'shown', hasKeyboard: false },
    ]);
  });

  it('keep their place when the placeholder has no room, and are not put where there is none', async () => {
    await start();
    const { window, states } = openConsole();
    const squeezed = { ...options, place: { x: 0, y: 52, width: 800, height: 0 } };
    screens.setOptions(window, squeezed);
    expect(kinds(states)).toEqual(['ready']);
    expect(calls()).toEqual([]);
    screens.setOptions(window, options);
    const native: VzNativeMachine | undefined = guest();
    if (native === undefined) throw new Error('There is no machine.');
    const changes = vi.spyOn(native, 'changeView');
    screens.setOptions(window, squeezed);
    const [request = ''] = changes.mock.calls[0] ?? [];
    expect(JSON.parse(request)).toMatchObject({ frame: options.place, hidden: true });
  });

  it('go when the page wants nothing any more, while the machine runs on', async () => {
    await start();
    const { window, states } = openConsole();
    screens.setOptions(window, options);
    screens.setOptions(window, { ...options, place: null });
    expect(calls()).toEqual(['showView', 'closeView']);
    expect(kinds(states)).toEqual(['ready', 'shown', 'ready']);
    expect(machine.state.phase).toBe('running');
  });

  it('go before their window is destroyed, and come in the next one', async () => {
    await start();
    const first = openConsole();
    screens.setOptions(first.window, options);
    let atDestruction: string[] = [];
    first.stood.events.on('closed', () => (atDestruction = calls()));
    first.stood.close();
    expect(atDestruction).toEqual(['showView', 'closeView']);
    screens.setOptions(first.window, options);
    screens.refresh();
    const second = openConsole();
    screens.setOptions(second.window, options);
    expect(calls()).toEqual(['showView', 'closeView', 'showView']);
    expect(machine.state.phase).toBe('running');
  });

  it.each(['crashes', 'loads anew'])('go with a page that %s, until it says anew its options', async (what) => {
    await start();
    const { stood, window, states } = openConsole();
    screens.setOptions(window, options);
    if (what === 'crashes') stood.pageEvents.emit('render-process-gone', {}, { reason: 'crashed' });
    else screens.reset(window);
    screens.refresh();
    expect(calls()).toEqual(['showView', 'closeView']);
    screens.tellAgain(window);
    screens.setOptions(window, options);
    expect(calls()).toEqual(['showView', 'closeView', 'showView']);
    expect(kinds(states)).toEqual(['ready', 'shown', 'ready', 'ready', 'shown']);
  });

  it('survive a reset of the machine, and end with its power', async () => {
    await start();
    const { window } = openConsole();
    screens.setOptions(window, options);
    await machine.reset();
    await machine.forceStop();
    await machine.ended(forever);
    expect(calls()).toEqual(['showView', 'stop', 'closeView', 'showView', 'stop', 'closeView', 'close']);
  });

  it('say why they can’t be shown, and are tried again', async () => {
    await start();
    const { window, states } = openConsole();
    addon.failures.set('showView', { message: 'No content view', domain: 'TatinVz', code: 1 });
    screens.setOptions(window, options);
    expect(states.at(-1)).toMatchObject({ kind: 'failed', error: { message: 'No content view.' } });
    screens.setOptions(window, options);
    expect(states.at(-1)).toMatchObject({ kind: 'shown' });
  });

  it('are nothing to the library’s window', () => {
    const { window } = windowStandIn({});
    const library = { vmId: undefined, window, sendScreen: () => undefined };
    screens.follow(library);
    screens.setOptions(library, options);
    expect(calls()).toEqual([]);
  });
});

describe('placeOf', () => {
  it('counts in points, whatever the zoom, with edges on whole ones', () => {
    const place = { x: 10.4, y: 20.4, width: 100.2, height: 50 };
    expect(placeOf({ ...options, place }, 1)?.frame).toEqual({ x: 10, y: 20, width: 101, height: 50 });
    expect(placeOf({ ...options, place }, 1.5)?.frame).toEqual({ x: 16, y: 31, width: 150, height: 75 });
  });
});
