import { beforeEach, describe, expect, it } from 'vitest';
import type { ScreenEvent, ScreenPlace } from '../native-screen.ts';
import { VzScreen } from './vz-screen.ts';

const place: ScreenPlace = {
  frame: { x: 0, y: 52, width: 800, height: 500 },
  isHidden: false,
  capturesSystemKeys: false,
};
const view = {
  title: 'web',
  frame: { x: 0, y: 0, width: 1024, height: 768 },
  capturesSystemKeys: false,
  reconfiguresDisplay: true,
};

let calls: [string, ...unknown[]][];
let refusal: Error | undefined;
let screen: VzScreen;
let told: ScreenEvent[];

beforeEach(() => {
  calls = [];
  told = [];
  refusal = undefined;
  screen = new VzScreen(
    {
      showView: (window, request) => {
        if (refusal !== undefined) throw refusal;
        calls.push(['show', window === null ? null : [...window], JSON.parse(request)]);
      },
      changeView: (request) => calls.push(['change', JSON.parse(request)]),
      focusView: () => calls.push(['focus']),
      blurView: () => calls.push(['blur']),
      closeView: () => calls.push(['close']),
    },
    view,
  );
  screen.onEvent((event) => told.push(event));
});

const names = () => calls.map(([name]) => name);
const oneWindow = Uint8Array.of(1, 2);

describe('The screen of a machine of Virtualization.framework', () => {
  it('is put into a window once, and moved there', () => {
    screen.show(oneWindow, place);
    // Electron makes a new buffer for every question.
    screen.show(Uint8Array.of(1, 2), { ...place, isHidden: true, refits: false });
    expect(calls).toEqual([
      [
        'show',
        [1, 2],
        { title: 'web', frame: place.frame, capturesSystemKeys: false, hidden: false, reconfiguresDisplay: true },
      ],
      [
        'change',
        { title: 'web', frame: place.frame, capturesSystemKeys: false, hidden: true, reconfiguresDisplay: false },
      ],
    ]);
  });

  it('leaves one window before it comes into another, and tells', () => {
    screen.show(oneWindow, place);
    screen.show(Uint8Array.of(3), place);
    screen.showApart({ capturesSystemKeys: true });
    expect(names()).toEqual(['show', 'close', 'show', 'close', 'show']);
    expect(calls.at(-1)).toEqual(['show', null, { ...view, capturesSystemKeys: true }]);
    expect(told).toEqual([{ kind: 'closed' }, { kind: 'closed' }]);
  });

  it('gets keys only while it is shown, and is closed once', () => {
    screen.focus();
    screen.blur();
    screen.close();
    expect(calls).toEqual([]);
    screen.show(oneWindow, place);
    screen.focus();
    screen.blur();
    screen.close();
    screen.close();
    expect(names()).toEqual(['show', 'focus', 'blur', 'close']);
    expect(told).toEqual([{ kind: 'closed' }]);
  });

  it('is shown anew after a reset, where it was, without telling', () => {
    screen.renew();
    screen.show(oneWindow, place);
    screen.renew();
    expect(names()).toEqual(['show', 'close', 'show']);
    expect(calls[2]).toEqual(calls[0]);
    expect(told).toEqual([]);
  });

  it('says why it can’t be shown, and is not taken for shown', () => {
    refusal = Object.assign(new Error('No window'), { domain: 'TatinVz', code: 1 });
    expect(() => screen.show(oneWindow, place)).toThrow(expect.objectContaining({ name: 'AppError' }));
    refusal = undefined;
    screen.show(oneWindow, place);
    expect(names()).toEqual(['show']);
  });

  it('tells of its keyboard, its window and the guest’s size, and of nothing else', () => {
    screen.take({ event: 'focused' });
    screen.take({ event: 'keysReleased' });
    screen.take({ event: 'blurred' });
    screen.take({ event: 'windowCloseWanted' });
    screen.take({ event: 'guestStopped' });
    expect(screen.guestSize).toBeUndefined();
    screen.take({ event: 'displayChanged', width: 1920, height: 1200 });
    expect(told).toEqual([
      { kind: 'focused' },
      { kind: 'keysReleased' },
      { kind: 'blurred' },
      { kind: 'closeWanted' },
      { kind: 'resized', width: 1920, height: 1200 },
    ]);
    expect(screen.guestSize).toEqual({ width: 1920, height: 1200 });
    expect(screen.size).toEqual({ width: 1024, height: 768 });
  });
});
