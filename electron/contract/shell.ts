import type { BrowserSession, LogOut } from './browser-sessions.ts';
import type { CommandId } from './commands/commands.ts';
import type { VmId } from './machine.ts';
import type { NativeScreenShell } from './native-screen.ts';

/**
 * What the window around the page can do for it: native windows, menus, dialogs. The desktop app gives these through
 * the preload script; in a browser `renderer/client/shell.ts` does what a page can.
 */
export interface Shell {
  readonly kind: 'desktop' | 'browser';
  /** Decides the modifier key shown and the room for traffic lights. */
  readonly platform: 'darwin' | 'linux' | 'other';
  openConsole(id: VmId): void;
  openLibrary(): void;
  /** The window of settings; absent where they are a page of the library. */
  openSettings?(): void;
  /** The system's own dialog; absent where the page shows its own chooser over `host.listFolder`. */
  chooseFile?(options: {
    title: string;
    /** `any`: a bundle of another program is a file on a Mac and a folder elsewhere. */
    kind: 'file' | 'folder' | 'any';
    /** With their dots: ".iso". Absent for all. */
    extensions?: readonly string[];
  }): Promise<string | undefined>;
  /**
   * Where a file that was dropped on the page is; absent where pages may not know, so that its bytes must be sent.
   * Takes the DOM's `File`, which this file's types do not know. Empty for one that is on no disk.
   */
  pathOf?(file: object): string;
  /**
   * Files were given to the app from outside its windows: dropped on its icon, or opened with it. Those that were given
   * while the page loaded come with the first listener.
   */
  onOpenFiles?(listener: (paths: readonly string[]) => void): () => void;
  /**
   * Hands the file of a finished export to the system while the user drags it, out of the window to a folder or another
   * program; absent where pages can't, which offer a download.
   */
  dragExport?(jobId: string): void;
  /** Opens the folder in the system's file manager; absent where there is none at hand. */
  reveal?(path: string): void;
  /**
   * A menu item, tray item or shortcut of the shell was chosen that is for this window. One that was chosen while the page
   * loaded comes with the first listener.
   */
  onCommand(listener: (id: CommandId) => void): () => void;
  /**
   * Which commands the menus may offer now. While `console.release` is among them the page has the keyboard for its
   * guest, and no key reaches a menu: the page itself acts on the few that stay Tatin's.
   */
  setEnabledCommands(ids: readonly CommandId[]): void;
  setFullScreen(on: boolean): void;
  /** The browsers that are logged in; absent where there is nothing to log in to. */
  readonly sessions?: SessionsShell;
  /** The screen of this page's machine where the system may draw it over the page; absent where nothing does. */
  readonly nativeScreen?: NativeScreenShell;
}

/** What a page in a browser can do about those that are logged in. Everything throws AppError. */
export interface SessionsShell {
  list(signal: AbortSignal): Promise<BrowserSession[]>;
  /** Where it ends this browser's own, the page is left for the one that asks for a link. */
  logOut(which: LogOut): Promise<void>;
}
