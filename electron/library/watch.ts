import { type FSWatcher, statSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AppError } from '../contract/errors.ts';
import type { Home } from './home.ts';
import type { Inspector } from './inspect.ts';
import { tartFiles } from './layout.ts';
import { openWatch } from '../files/open-watch.ts';
import { lockedInodes } from '../files/record-locks.ts';
import type { LibraryEntry } from './vm.ts';

/** What happened to the list. `replaced` is the whole list: at the start, and when the home goes (with why) or comes back. */
export type LibraryChange =
  | { kind: 'changed'; entry: LibraryEntry }
  | { kind: 'removed'; name: string }
  | { kind: 'replaced'; entries: LibraryEntry[]; error?: AppError };

/** What the watch needs of a library. */
export interface Watchable {
  readonly home: Home;
  readonly inspector: Inspector;
  list(): Promise<LibraryEntry[]>;
}

interface Tracked {
  entry: LibraryEntry;
  /** Of config.json, to find it in the system's list of locks. */
  configInode: number | undefined;
  /** The folder that the watcher is on. */
  identity: string | undefined;
  /** Absent while it runs, and where the system has no watch left to give. */
  watcher: FSWatcher | undefined;
}

/** Changes come in bursts (a VM is many files), and one look after the burst is enough. */
const gatherMs = 40;
/** Locks and the home itself send no message, so they are looked at. */
const tickMs = 1000;

/**
 * Follows the folders of a library by messages of the file system, and what sends none by one look a second: running
 * locks, sizes of running VMs (whose disks would send a message for every write), and whether the home is there.
 * Does not keep the process alive.
 */
export class LibraryWatch implements Disposable {
  readonly #library: Watchable;
  readonly #listener: (change: LibraryChange) => void;
  readonly #onClose: () => void;
  readonly #tracked = new Map<string, Tracked>();
  readonly #touched = new Set<string>();
  readonly #tick: NodeJS.Timeout;
  #gathering: NodeJS.Timeout | undefined;
  #vmsWatcher: FSWatcher | undefined;
  /** Which folder is watched, to notice that another has taken its place. */
  #watched: string | undefined;
  #scanning = false;
  #isLost = false;
  #isClosed = false;

  /** `onClose` is called once, when the watch has ended. */
  constructor(library: Watchable, listener: (change: LibraryChange) => void, onClose: () => void) {
    this.#library = library;
    this.#listener = listener;
    this.#onClose = onClose;
    this.#tick = setInterval(() => this.#onTick(), tickMs).unref();
    void this.#rescan();
  }

  /** Says that a VM may have changed, for the code that changed it and need not wait for the system to tell. */
  poke(name: string): void {
    if (this.#isClosed) return;
    this.#touched.add(name);
    this.#gathering ??= setTimeout(() => this.#look(), gatherMs).unref();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#tick);
    clearTimeout(this.#gathering);
    this.#forgetAll();
    this.#onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads the whole list anew and watches what is there. Watching comes first, so that nothing falls between. */
  async #rescan(): Promise<void> {
    if (this.#scanning || this.#isClosed) return;
    this.#scanning = true;
    try {
      this.#forgetAll();
      this.#watchVms();
      const entries = await this.#library.list();
      if (this.#closedMeanwhile()) return;
      for (const entry of entries) this.#track(entry);
      this.#isLost = false;
      this.#listener({ kind: 'replaced', entries });
    } catch (error) {
      this.#lose(error);
    } finally {
      this.#scanning = false;
    }
  }

  /** A method, since the compiler takes it that nothing changes while a promise is awaited. */
  #closedMeanwhile(): boolean {
    return this.#isClosed;
  }

  #lose(error: unknown): void {
    if (this.#isClosed || this.#isLost) return;
    this.#isLost = true;
    this.#forgetAll();
    // `list` throws nothing else.
    this.#listener({ kind: 'replaced', entries: [], error: error as AppError });
  }

  #forgetAll(): void {
    this.#vmsWatcher?.close();
    this.#vmsWatcher = undefined;
    this.#watched = undefined;
    for (const { watcher } of this.#tracked.values()) watcher?.close();
    this.#tracked.clear();
    this.#touched.clear();
  }

  #watchVms(): void {
    const { vms } = this.#library.home;
    this.#watched = identityOf(vms);
    if (this.#watched === undefined) return;
    // On a Mac one stream tells of everything below; on Linux that would be a watch on every file, made one by one.
    const recursive = process.platform === 'darwin';
    const onChange = (file: string | undefined): void => {
      const [name, leaf] = file?.split(path.sep) ?? [];
      if (name === undefined) this.#touchAll();
      else if (leaf !== tartFiles.disk || !this.#runs(name)) this.poke(name);
    };
    this.#vmsWatcher = openWatch(vms, onChange, { recursive });
  }

  #touchAll(): void {
    for (const name of this.#tracked.keys()) this.poke(name);
  }

  #runs(name: string): boolean {
    const entry = this.#tracked.get(name)?.entry;
    return entry?.kind === 'machine' && entry.lockPid !== undefined;
  }

  #onTick(): void {
    if (this.#scanning) return;
    const now = identityOf(this.#library.home.vms);
    if (
      now !== this.#watched ||
      (now === undefined && (this.#isLost || identityOf(this.#library.home.path) === undefined))
    ) {
      void this.#rescan();
      return;
    }
    const locked = lockedInodes();
    for (const [name, { entry, configInode, watcher }] of this.#tracked) {
      const mayBeLocked = locked === undefined || (configInode !== undefined && locked.has(configInode));
      const isUnwatched = watcher === undefined && process.platform !== 'darwin';
      if (mayBeLocked || isUnwatched || (entry.kind === 'machine' && entry.lockPid !== undefined)) this.poke(name);
    }
  }

  #look(): void {
    this.#gathering = undefined;
    // While a scan is under way it will see these by itself, or has seen them; they are looked at again after it.
    if (this.#scanning) {
      this.#gathering = setTimeout(() => this.#look(), gatherMs).unref();
      return;
    }
    const names = [...this.#touched];
    this.#touched.clear();
    for (const name of names) this.#lookAt(name);
  }

  #lookAt(name: string): void {
    if (this.#isClosed || this.#isLost) return;
    const before = this.#tracked.get(name);
    const entry = this.#library.inspector.inspect(name, this.#library.home.vmFolder(name));
    if (entry === undefined) {
      before?.watcher?.close();
      if (this.#tracked.delete(name)) this.#listener({ kind: 'removed', name });
      return;
    }
    this.#track(entry);
    if (!isDeepStrictEqual(entry, before?.entry)) this.#listener({ kind: 'changed', entry });
  }

  #track(entry: LibraryEntry): void {
    const { name, folder } = entry;
    const before = this.#tracked.get(name);
    const identity = identityOf(folder);
    const configInode = inodeOf(path.join(folder, tartFiles.config));
    const tracked: Tracked = { entry, configInode, identity, watcher: before?.watcher };
    this.#tracked.set(name, tracked);
    if (process.platform === 'darwin') return;
    const runs = this.#runs(name);
    if (runs || before?.identity !== identity) {
      tracked.watcher?.close();
      tracked.watcher = undefined;
    }
    if (runs || tracked.watcher !== undefined) return;
    tracked.watcher = openWatch(folder, () => this.poke(name));
    // What changed between the look and the watch sent no message.
    if (tracked.watcher !== undefined) this.poke(name);
  }
}

/** Undefined for what can't be looked at, as a link that leads round in a circle. */
function inodeOf(file: string): number | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })?.ino;
  } catch (error) {
    return undefined;
  }
}

/** Tells a folder from another that has its name later. */
function identityOf(folder: string): string | undefined {
  try {
    const status = statSync(folder, { throwIfNoEntry: false });
    // A file system may give a new folder the number of the one just deleted, but not its time of birth.
    return status === undefined ? undefined : `${status.dev}:${status.ino}:${status.birthtimeMs}`;
  } catch (error) {
    // A folder that can't be looked at is as good as gone: `list` will say why.
    return undefined;
  }
}
