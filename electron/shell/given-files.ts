/** A library window as far as files go. */
export interface FilesWindow {
  sendFiles(paths: readonly string[]): void;
}

/**
 * Files that are given to the app from outside its windows: dropped on its Dock or tray icon, or opened with it. They go to
 * the library, which is opened for them; while its page loads they wait.
 */
export class GivenFiles {
  readonly #library: () => FilesWindow;
  readonly #listening = new WeakSet<FilesWindow>();
  #waiting: string[] = [];

  constructor(library: () => FilesWindow) {
    this.#library = library;
  }

  give(paths: readonly string[]): void {
    const window = this.#library();
    if (this.#listening.has(window)) window.sendFiles(paths);
    else this.#waiting.push(...paths);
  }

  /** The page takes files from now on, those that waited first. */
  listen(window: FilesWindow): void {
    this.#listening.add(window);
    if (this.#waiting.length > 0) window.sendFiles(this.#waiting);
    this.#waiting = [];
  }

  /** The page begins to load, again or for the first time. */
  reset(window: FilesWindow): void {
    this.#listening.delete(window);
  }
}
