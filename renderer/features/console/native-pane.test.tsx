// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen as page } from '@testing-library/react';
import { createRef } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScreenOptions } from '../../../electron/contract/native-screen.ts';
import { addBrowserParts } from '../../testing/browser-parts.ts';
import { NativePane } from './native-pane.tsx';
import { overlap } from './native-place.ts';
import { NativeSession } from './native-session.ts';
import type { ScreenView } from './screen-view.ts';

/** Only a bound: a wait ends with its fact, late where the machine is busy. */
const patience = { timeout: 30_000 };

let received: ScreenOptions[];
let given: number;
/** Where elements are, by their role: there is no layout in jsdom. */
let boxes: Record<string, DOMRect>;

beforeEach(() => {
  addBrowserParts();
  received = [];
  given = 0;
  boxes = { group: new DOMRect(0, 52, 800, 500), menu: new DOMRect(600, 40, 150, 200) };
  vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockImplementation(function (this: HTMLElement) {
    return boxes[this.getAttribute('role') ?? ''] ?? new DOMRect();
  });
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function show(view: ScreenView, isWanted = true) {
  const session = new NativeSession({
    setOptions: (options) => received.push(options),
    giveKeyboard: () => given++,
    takeKeyboard: () => undefined,
    onState: () => () => undefined,
  });
  const frame = createRef<HTMLDivElement>();
  const pane = (now: ScreenView, wanted: boolean) => (
    <NativePane session={session} view={now} isWanted={wanted} lastPicture={undefined} label="web" frame={frame}>
      <p>over it</p>
    </NativePane>
  );
  const { rerender } = render(pane(view, isWanted));
  return (now: ScreenView, wanted = true) => rerender(pane(now, wanted));
}
const last = () => received.at(-1);
const place = { x: 0, y: 52, width: 800, height: 500 };

describe('NativePane', () => {
  it('asks for the screen where its placeholder is, and follows it', () => {
    show({ kind: 'live' });
    expect(last()).toMatchObject({ place, isCovered: false });
    boxes.group = new DOMRect(0, 52, 900, 300);
    fireEvent(window, new Event('resize'));
    expect(last()).toMatchObject({ place: { x: 0, y: 52, width: 900, height: 300 } });
    boxes.group = new DOMRect(0, 20, 900, 300);
    fireEvent.scroll(document);
    expect(last()?.place?.y).toBe(20);
  });

  it('has it hidden while the page itself has something to say there, and away when nothing runs', () => {
    const becomes = show({ kind: 'waiting', word: 'Starting', since: undefined });
    expect(last()).toMatchObject({ place, isCovered: false });
    becomes({ kind: 'paused', error: undefined });
    expect(last()).toMatchObject({ place, isCovered: true });
    becomes({ kind: 'live' });
    expect(last()).toMatchObject({ place, isCovered: false });
    becomes({ kind: 'stopped', notRunnable: undefined }, false);
    expect(last()).toMatchObject({ place: null });
  });

  it('has it hidden under a menu that reaches into it, and not by one beside it', async () => {
    show({ kind: 'live' });
    const menu = document.createElement('div');
    menu.setAttribute('role', 'menu');
    document.body.append(menu);
    await vi.waitFor(() => expect(last()).toMatchObject({ isCovered: true }), patience);
    boxes.menu = new DOMRect(600, 0, 150, 52);
    menu.style.top = '0';
    await vi.waitFor(() => expect(last()).toMatchObject({ isCovered: false }), patience);
    menu.remove();
  });

  it('gives the keyboard to the guest on Enter, while it is live', () => {
    const becomes = show({ kind: 'live' });
    act(() => page.getByRole('group').focus());
    fireEvent.keyDown(page.getByRole('group'), { key: 'Enter' });
    expect(given).toBe(1);
    becomes({ kind: 'paused', error: undefined });
    fireEvent.keyDown(page.getByRole('group'), { key: 'Enter' });
    expect(given).toBe(1);
  });
});

describe('overlap', () => {
  it('needs more than an edge in common', () => {
    const box = new DOMRect(0, 0, 10, 10);
    expect(overlap(box, new DOMRect(9, 9, 10, 10))).toBe(true);
    expect(overlap(box, new DOMRect(10, 0, 10, 10))).toBe(false);
    expect(overlap(box, new DOMRect(0, -5, 10, 5))).toBe(false);
  });
});
