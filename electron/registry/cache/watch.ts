import { type FSWatcher, statSync } from 'node:fs';
import { openWatch } from '../../files/open-watch.ts';
import { imagesRoot, scanCache } from './scan.ts';

/** A pull makes a folder, a link and a mark in a moment; one look after them is enough. */
const gatherMs = 60;
/** What has no folder yet can't be watched, so its coming is looked for: the cache of a new home, or of a drive. */
const tickMs = 2000;

/**
 * Calls `onChange` when images, tags, pins or times of use under `cache/OCIs` change, by any program; with a moment's
 * delay, and now and then without need. Does not keep the process alive.
 */
export class CacheWatch implements Disposable {
  readonly #cacheFolder: string;
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, { watcher: FSWatcher | undefined; identity: string }>();
  readonly #tick: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(cacheFolder: string, onChange: () => void) {
    this.#cacheFolder = cacheFolder;
    this.#onChange = onChange;
    this.#tick = setInterval(() => this.#lookForRoot(), tickMs).unref();
    this.#follow();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#tick);
    clearTimeout(this.#gathering);
    for (const { watcher } of this.#watchers.values()) watcher?.close();
    this.#watchers.clear();
  }

  #lookForRoot(): void {
    const root = imagesRoot(this.#cacheFolder);
    if (identityOf(root) !== this.#watchers.get(root)?.identity) this.#stir();
  }

  #stir(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      if (this.#isClosed) return;
      this.#follow();
      this.#onChange();
    }, gatherMs).unref();
  }

  /** Watches every folder that is there now. What comes between the look and the watch stirs by itself: see below. */
  #follow(): void {
    const { images, places } = scanCache(this.#cacheFolder);
    const folders = new Set([...places, ...images.map(({ folder }) => folder)]);
    for (const [folder, { watcher }] of this.#watchers)
      if (!folders.has(folder)) {
        watcher?.close();
        this.#watchers.delete(folder);
      }
    for (const folder of folders) this.#watch(folder);
  }

  #watch(folder: string): void {
    const identity = identityOf(folder);
    const before = this.#watchers.get(folder);
    if (identity === undefined || before?.identity === identity) return;
    before?.watcher?.close();
    this.#watchers.set(folder, { watcher: openWatch(folder, () => this.#stir()), identity });
    // A folder that is new here may have been filled before it was watched.
    this.#stir();
  }
}

/** Tells a folder from another that has its name later. */
function identityOf(folder: string): string | undefined {
  const status = statSync(folder, { throwIfNoEntry: false });
  return status === undefined ? undefined : `${status.dev}:${status.ino}:${status.birthtimeMs}`;
}
