/** Where and how a machine's screen stands in a window of this process. Lengths in points. */
export interface ScreenPlace {
  /** From the top left of the window's content. */
  readonly frame: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** It keeps its place and draws nothing, so that what it covers can be seen. */
  readonly isHidden: boolean;
  /** Keys such as Command-Tab go to the guest while it has the keyboard. */
  readonly capturesSystemKeys: boolean;
  /** Whether the guest's display takes the size of the frame; absent: as the machine's settings say. */
  readonly refits?: boolean | undefined;
}

/** What a screen tells. */
export type ScreenEvent =
  /** Keys go to the guest from now on, or no more. */
  | { readonly kind: 'focused' }
  | { readonly kind: 'blurred' }
  /** The person pressed what gives the keyboard back, or another window took it. */
  | { readonly kind: 'keysReleased' }
  /** The guest's display has a new size, in pixels. */
  | { readonly kind: 'resized'; readonly width: number; readonly height: number }
  /** The red button of its own window was pressed; nothing has been closed. */
  | { readonly kind: 'closeWanted' }
  /** It is no longer shown: {@link NativeScreen.close}, or the machine has ended. */
  | { readonly kind: 'closed' };

/**
 * The screen of a machine where the system draws it itself, in a window of the process that runs the machine. It is in one
 * place at a time. Whoever shows it closes it before its window goes; the machine closes it when it ends.
 */
export interface NativeScreen {
  /** Of its display as configured. */
  readonly size: { readonly width: number; readonly height: number };
  /** Of the display now, in pixels, once the guest has told. */
  readonly guestSize: { readonly width: number; readonly height: number } | undefined;
  /**
   * Shows it over the content of the window with this handle (`BrowserWindow.getNativeWindowHandle`), above all else there;
   * moves it if it is there already. @throws AppError
   */
  show(window: Uint8Array, place: ScreenPlace): void;
  /** Shows it in a window of its own, as large as its display. @throws AppError */
  showApart(options: { readonly capturesSystemKeys: boolean }): void;
  /** Gives the keyboard to the guest. */
  focus(): void;
  /** Takes it back for the window's own content. */
  blur(): void;
  close(): void;
  /** Calls `listener` until the returned function is called. */
  onEvent(listener: (event: ScreenEvent) => void): () => void;
}
