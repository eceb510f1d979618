import { Emitter } from '../../../electron/contract/emitter.ts';
import { AppError } from '../../../electron/contract/errors.ts';
import type { NativeScreenShell, NativeScreenState, ScreenOptions } from '../../../electron/contract/native-screen.ts';
import type { ScreenSnapshot } from './screen-session.ts';

const noOptions: ScreenOptions = { place: null, isCovered: false, capturesSystemKeys: false, refits: null };

/**
 * The screen that macOS draws over this page, for as long as the page is there: how it stands, and what the page wants
 * of it. Without a shell that draws any, the screen comes through a channel.
 */
export class NativeSession {
  readonly #shell: NativeScreenShell | undefined;
  readonly #changes = new Emitter<void>();
  #state: NativeScreenState;
  #options = noOptions;

  constructor(shell: NativeScreenShell | undefined) {
    this.#shell = shell;
    this.#state = { kind: shell === undefined ? 'remote' : 'unknown' };
  }

  readonly getSnapshot = (): NativeScreenState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => this.#changes.on(listener);

  /** Follows until the returned function is called, which also takes the screen away. */
  follow(): () => void {
    const leave = this.#shell?.onState((state) => {
      this.#state = state;
      this.#changes.emit();
    });
    return () => {
      leave?.();
      this.setOptions(noOptions);
    };
  }

  /** Changes parts of the options; says nothing where nothing changes. */
  setOptions(change: Partial<ScreenOptions>): void {
    const options = { ...this.#options, ...change };
    if (JSON.stringify(options) === JSON.stringify(this.#options)) return;
    this.#options = options;
    this.#shell?.setOptions(options);
  }

  /** Sends the same options again, after something went wrong. */
  retry(): void {
    this.#shell?.setOptions(this.#options);
  }

  giveKeyboard(): void {
    this.#shell?.giveKeyboard();
  }

  takeKeyboard(): void {
    this.#shell?.takeKeyboard();
  }
}

/** How the screen's own channel would stand, so that the page has one set of states for both. */
export function statusOf(state: NativeScreenState): ScreenSnapshot['status'] {
  switch (state.kind) {
    case 'shown':
      return { kind: 'live' };
    case 'noDisplay':
      return { kind: 'refused', error: new AppError('not-supported', 'This machine has no display.') };
    case 'failed':
      return { kind: 'opening', failures: Number.POSITIVE_INFINITY, error: AppError.fromInfo(state.error) };
    default:
      return { kind: 'opening', failures: 0 };
  }
}
