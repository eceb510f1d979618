import { AppError } from '../contract/errors.ts';
import type { VmId } from '../contract/machine.ts';
import type { NativeScreenState, ScreenOptions } from '../contract/native-screen.ts';
import type { NativeScreen, ScreenEvent, ScreenPlace } from '../hypervisor/native-screen.ts';
import type { ScreenSource } from '../operations/machines/screen-source.ts';

/** A console window as far as the screen over its page goes. */
export interface ScreenWindow {
  readonly vmId: VmId | undefined;
  readonly window: Pick<
    Electron.BrowserWindow,
    'getNativeWindowHandle' | 'isDestroyed' | 'isFocused' | 'on' | 'webContents'
  >;
  /** Tells the page how its screen stands. */
  sendScreen(state: NativeScreenState): void;
}

/** What is known of one window's page. */
interface Watched {
  options: ScreenOptions;
  shown?: { readonly screen: NativeScreen; readonly stopListening: () => void } | undefined;
  /** Where it was shown last. */
  place?: ScreenPlace;
  hasKeyboard: boolean;
  /** What the page was told last, so that it is told nothing twice. */
  told?: string | undefined;
}

const nothing: ScreenOptions = { place: null, isCovered: false, capturesSystemKeys: false, refits: null };

/**
 * Lays machines' screens over the placeholders of console pages, and takes them away before what they stand on goes: the
 * window, its page, or the machine. A page says its options; what is done follows from that and from what runs.
 */
export class NativeScreens {
  readonly #source: (id: VmId) => ScreenSource;
  readonly #windows = new Map<ScreenWindow, Watched>();

  constructor(source: (id: VmId) => ScreenSource) {
    this.#source = source;
  }

  /** Follows a window that has just been opened, until it is gone. */
  follow(window: ScreenWindow): void {
    if (window.vmId === undefined) return;
    this.#windows.set(window, { options: nothing, hasKeyboard: false });
    const again = (): void => this.#apply(window);
    // The page measures from its top and AppKit from the bottom, so that the same options are another frame now.
    window.window.on('resize', again);
    window.window.on('enter-full-screen', again);
    window.window.on('leave-full-screen', again);
    // Not `closed`: by then the view that it lies in is gone.
    window.window.on('close', () => this.reset(window));
    window.window.on('closed', () => this.#windows.delete(window));
    window.window.webContents.on('render-process-gone', () => this.reset(window));
  }

  /** A page says its options from now on. */
  setOptions(window: ScreenWindow, options: ScreenOptions): void {
    const watched = this.#windows.get(window);
    if (watched === undefined) return;
    watched.options = options;
    this.#apply(window);
  }

  /** The page asks how things stand, as it has just begun to listen. */
  tellAgain(window: ScreenWindow): void {
    const watched = this.#windows.get(window);
    if (watched === undefined) return;
    watched.told = undefined;
    this.#apply(window);
  }

  giveKeyboard(window: ScreenWindow): void {
    this.#windows.get(window)?.shown?.screen.focus();
  }

  takeKeyboard(window: ScreenWindow): void {
    const watched = this.#windows.get(window);
    watched?.shown?.screen.blur();
    if (watched?.shown !== undefined) window.window.webContents.focus();
  }

  /** Machines have started, ended or changed. */
  refresh(): void {
    for (const window of this.#windows.keys()) this.#apply(window);
  }

  /** The page is gone or loads anew: nothing of it says any more where its screen should be. */
  reset(window: ScreenWindow): void {
    const watched = this.#windows.get(window);
    if (watched === undefined) return;
    watched.options = nothing;
    watched.told = undefined;
    takeAway(watched);
  }

  #apply(window: ScreenWindow): void {
    const watched = this.#windows.get(window);
    if (watched === undefined || window.vmId === undefined || window.window.isDestroyed()) return;
    const source = this.#source(window.vmId);
    if (source.kind !== 'here' || watched.shown?.screen !== source.screen || watched.options.place === null)
      takeAway(watched);
    if (source.kind !== 'here') this.#tell(window, watched, source);
    else if (watched.options.place === null) this.#tell(window, watched, { kind: 'ready' });
    else this.#show(window, watched, source.screen);
  }

  #show(window: ScreenWindow, watched: Watched, screen: NativeScreen): void {
    const place = this.#placeOf(window, watched);
    if (place === undefined) {
      this.#tell(window, watched, { kind: 'ready' });
      return;
    }
    watched.place = place;
    try {
      // A dialog of the page gets no keys while a view that nobody sees still takes them.
      if (place.isHidden && watched.hasKeyboard) this.takeKeyboard(window);
      screen.show(window.window.getNativeWindowHandle(), place);
    } catch (error) {
      takeAway(watched);
      this.#tell(window, watched, { kind: 'failed', error: AppError.from(error).toInfo() });
      return;
    }
    watched.shown ??= {
      screen,
      stopListening: screen.onEvent((event) => this.#onEvent(window, watched, event)),
    };
    this.#tellShown(window, watched, screen);
  }

  /** A placeholder that is squeezed to nothing hides the screen where it is: the guest's display keeps its size. */
  #placeOf({ window }: ScreenWindow, { options, shown, place }: Watched): ScreenPlace | undefined {
    const wanted = placeOf(options, window.webContents.getZoomFactor());
    if (wanted !== undefined || shown === undefined || place === undefined) return wanted;
    return { ...place, isHidden: true };
  }

  #onEvent(window: ScreenWindow, watched: Watched, event: ScreenEvent): void {
    const screen = watched.shown?.screen;
    if (screen === undefined) return;
    if (event.kind === 'closed') {
      watched.shown?.stopListening();
      watched.shown = undefined;
      watched.hasKeyboard = false;
      this.#tell(window, watched, { kind: 'off' });
      return;
    }
    if (event.kind === 'focused') watched.hasKeyboard = true;
    else if (event.kind === 'blurred') watched.hasKeyboard = false;
    else if (event.kind === 'keysReleased' && window.window.isFocused()) {
      watched.hasKeyboard = false;
      window.window.webContents.focus();
    }
    this.#tellShown(window, watched, screen);
  }

  #tellShown(window: ScreenWindow, watched: Watched, { guestSize }: NativeScreen): void {
    const size = guestSize === undefined ? {} : { size: guestSize };
    this.#tell(window, watched, { kind: 'shown', hasKeyboard: watched.hasKeyboard, ...size });
  }

  #tell(window: ScreenWindow, watched: Watched, state: NativeScreenState): void {
    const text = JSON.stringify(state);
    if (text === watched.told || window.window.isDestroyed()) return;
    watched.told = text;
    window.sendScreen(state);
  }
}

/**
 * Options in points, its edges on whole ones so that the picture is sharp; undefined if it has no room. The page's pixels
 * are points times the zoom.
 */
export function placeOf(options: ScreenOptions, zoomFactor: number): ScreenPlace | undefined {
  const { place, isCovered, capturesSystemKeys, refits } = options;
  if (place === null) return undefined;
  const x = Math.round(place.x * zoomFactor);
  const y = Math.round(place.y * zoomFactor);
  const width = Math.round((place.x + place.width) * zoomFactor) - x;
  const height = Math.round((place.y + place.height) * zoomFactor) - y;
  if (width <= 0 || height <= 0) return undefined;
  const frame = { x, y, width, height };
  return { frame, isHidden: isCovered, capturesSystemKeys, ...(refits === null ? {} : { refits }) };
}

/** Listeners go first: what was asked for needs not be told. */
function takeAway(watched: Watched): void {
  const { shown } = watched;
  watched.shown = undefined;
  watched.hasKeyboard = false;
  shown?.stopListening();
  try {
    shown?.screen.close();
  } catch (error) {
    console.error('The screen was not taken away:', error);
  }
}
