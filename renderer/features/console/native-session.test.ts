import { describe, expect, it } from 'vitest';
import type { NativeScreenShell, NativeScreenState, ScreenOptions } from '../../../electron/contract/native-screen.ts';
import { NativeSession, statusOf } from './native-session.ts';

function scene() {
  const received: ScreenOptions[] = [];
  let tell: ((state: NativeScreenState) => void) | undefined;
  const shell: NativeScreenShell = {
    setOptions: (options) => received.push(options),
    giveKeyboard: () => undefined,
    takeKeyboard: () => undefined,
    onState: (listener) => {
      tell = listener;
      return () => (tell = undefined);
    },
  };
  return { session: new NativeSession(shell), received, tell: (state: NativeScreenState) => tell?.(state) };
}
const place = { x: 0, y: 52, width: 800, height: 500 };

describe('NativeSession', () => {
  it('is not there where nothing draws over the page', () => {
    const session = new NativeSession(undefined);
    const leave = session.follow();
    session.setOptions({ place });
    leave();
    expect(session.getSnapshot()).toEqual({ kind: 'remote' });
  });

  it('sends its options whole, and only when it changes', () => {
    const { session, received } = scene();
    session.setOptions({ place });
    session.setOptions({ place: { ...place } });
    session.setOptions({ isCovered: true });
    session.retry();
    expect(received).toEqual([
      { place, isCovered: false, capturesSystemKeys: false, refits: null },
      { place, isCovered: true, capturesSystemKeys: false, refits: null },
      { place, isCovered: true, capturesSystemKeys: false, refits: null },
    ]);
  });

  it('follows how the screen stands, and takes it away when the page leaves', () => {
    const { session, received, tell } = scene();
    let heard = 0;
    session.subscribe(() => heard++);
    const leave = session.follow();
    session.setOptions({ place });
    tell({ kind: 'shown', hasKeyboard: true });
    leave();
    tell({ kind: 'off' });
    expect(session.getSnapshot()).toEqual({ kind: 'shown', hasKeyboard: true });
    expect(heard).toBe(1);
    expect(received.at(-1)?.place).toBeNull();
  });
});

describe('statusOf', () => {
  it.each<[NativeScreenState, string]>([
    [{ kind: 'unknown' }, 'opening'],
    [{ kind: 'off' }, 'opening'],
    [{ kind: 'ready' }, 'opening'],
    [{ kind: 'noDisplay' }, 'refused'],
    [{ kind: 'shown', hasKeyboard: false }, 'live'],
    [{ kind: 'failed', error: { code: 'unexpected', message: 'No.' } }, 'opening'],
  ])('says of %j that it is %s', (state, kind) => {
    expect(statusOf(state).kind).toBe(kind);
  });
});
