import { Emitter } from '../../contract/emitter.ts';
import { printableLine } from '../../contract/printable.ts';
import type { NativeScreen, ScreenEvent, ScreenPlace } from '../native-screen.ts';
import type { VzNativeMachine } from './addon.ts';
import type { VzEvent, VzView } from './document.ts';
import { vzError } from './errors.ts';

type NativeView = Pick<VzNativeMachine, 'showView' | 'changeView' | 'focusView' | 'blurView' | 'closeView'>;

interface Shown {
  /** Null for a window of its own. */
  readonly window: Uint8Array | null;
  readonly request: object;
}

/** A `VZVirtualMachineView`, in a window of Electron's or in one of its own. */
export class VzScreen implements NativeScreen {
  readonly #native: NativeView;
  readonly #view: VzView;
  readonly #events = new Emitter<ScreenEvent>();
  #shown: Shown | undefined;
  #guestSize: { width: number; height: number } | undefined;

  /** @param view how the machine's settings want it */
  constructor(native: NativeView, view: VzView) {
    this.#native = native;
    this.#view = view;
  }

  get size(): { width: number; height: number } {
    const { width, height } = this.#view.frame;
    return { width, height };
  }

  get guestSize(): { width: number; height: number } | undefined {
    return this.#guestSize;
  }

  show(window: Uint8Array, { frame, isHidden, capturesSystemKeys, refits }: ScreenPlace): void {
    const { title, reconfiguresDisplay } = this.#view;
    const request = {
      ...{ title: printableLine(title), frame, capturesSystemKeys, hidden: isHidden },
      reconfiguresDisplay: refits ?? reconfiguresDisplay,
    };
    const isThere = this.#shown !== undefined && isSame(this.#shown.window, window);
    if (!isThere) this.#put({ window, request });
    else {
      translated(() => this.#native.changeView(JSON.stringify(request)));
      this.#shown = { window, request };
    }
  }

  showApart({ capturesSystemKeys }: { capturesSystemKeys: boolean }): void {
    this.#put({ window: null, request: { ...this.#view, capturesSystemKeys } });
  }

  focus(): void {
    if (this.#shown !== undefined) translated(() => this.#native.focusView());
  }

  blur(): void {
    if (this.#shown !== undefined) translated(() => this.#native.blurView());
  }

  close(): void {
    if (this.#shown === undefined) return;
    this.#shown = undefined;
    try {
      translated(() => this.#native.closeView());
    } finally {
      this.#events.emit({ kind: 'closed' });
    }
  }

  /** Shows it anew where it is: a view whose machine was off for a moment stays deaf to keys. */
  renew(): void {
    const shown = this.#shown;
    if (shown === undefined) return;
    translated(() => this.#native.closeView());
    this.#shown = undefined;
    this.#put(shown);
  }

  onEvent(listener: (event: ScreenEvent) => void): () => void {
    return this.#events.on(listener);
  }

  /** What the addon tells, of which only a part is the screen's. */
  take(event: VzEvent): void {
    switch (event.event) {
      case 'focused':
      case 'blurred':
      case 'keysReleased':
        this.#events.emit({ kind: event.event });
        break;
      case 'windowCloseWanted':
        this.#events.emit({ kind: 'closeWanted' });
        break;
      case 'displayChanged': {
        const { width, height } = event;
        this.#guestSize = { width, height };
        this.#events.emit({ kind: 'resized', width, height });
        break;
      }
      default:
    }
  }

  /** A view is in one window at a time, and the addon says no to a second. */
  #put(shown: Shown): void {
    this.close();
    translated(() => this.#native.showView(shown.window, JSON.stringify(shown.request)));
    this.#shown = shown;
  }
}

function isSame(one: Uint8Array | null, other: Uint8Array): boolean {
  return one !== null && Buffer.compare(one, other) === 0;
}

function translated(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw vzError(error);
  }
}
