import { type Command, commands, type CommandId } from '../contract/commands/commands.ts';

/** A window as far as commands go. */
export interface CommandWindow {
  kind: 'library' | 'console' | 'settings';
  /** Hands the command to the page. */
  send(id: CommandId): void;
  isFullScreen(): boolean;
  setFullScreen(on: boolean): void;
}

/** What the router needs of the app. */
export interface RouterActions {
  focused(): CommandWindow | undefined;
  /** The library window, opened and brought to the front. */
  library(): CommandWindow;
  /** Opens the window of settings, or brings it to the front. */
  settings(): void;
}

const table: readonly Command[] = commands;
const fromAnywhere: readonly CommandId[] = table.filter(({ isGlobal }) => isGlobal === true).map(({ id }) => id);

/**
 * Knows what each page offers now and brings a chosen command to the page that it is meant for. A page that is still
 * loading gets its commands when it listens.
 */
export class CommandRouter {
  readonly #duties: RouterActions;
  readonly #pages = new WeakMap<CommandWindow, { listens: boolean; enabled: Set<CommandId>; waiting: CommandId[] }>();

  constructor(duties: RouterActions) {
    this.#duties = duties;
  }

  /** What the menus may offer now, by the window that has the focus. */
  enabled(): ReadonlySet<CommandId> {
    const focused = this.#duties.focused();
    const enabled = new Set([...fromAnywhere, ...(focused === undefined ? [] : this.#page(focused).enabled)]);
    if (focused !== undefined) enabled.add('view.fullScreen');
    return enabled;
  }

  /** What a page offers from now on. */
  enable(window: CommandWindow, ids: readonly CommandId[]): void {
    this.#page(window).enabled = new Set(ids);
  }

  /** The page listens; what was meant for it while it loaded reaches it now. */
  listen(window: CommandWindow): void {
    const page = this.#page(window);
    page.listens = true;
    for (const id of page.waiting.splice(0)) window.send(id);
  }

  /** The page begins to load, again or for the first time. */
  reset(window: CommandWindow): void {
    const page = this.#page(window);
    page.listens = false;
    page.enabled.clear();
  }

  /** Whether the page has the keyboard for its guest, so that keys are not for menus. */
  captures(window: CommandWindow): boolean {
    return this.#page(window).enabled.has('console.release');
  }

  /** Brings a command to where it belongs. */
  run(id: CommandId): void {
    const focused = this.#duties.focused();
    if (id === 'window.library') {
      this.#duties.library();
      return;
    }
    if (id === 'app.settings') {
      this.#duties.settings();
      return;
    }
    if (focused !== undefined && this.#page(focused).enabled.has(id)) {
      this.#deliver(focused, id);
      return;
    }
    if (id === 'view.fullScreen') {
      focused?.setFullScreen(!focused.isFullScreen());
      return;
    }
    const command = table.find((candidate) => candidate.id === id);
    if (command?.scope === 'app') this.#deliver(this.#duties.library(), id);
  }

  #deliver(window: CommandWindow, id: CommandId): void {
    const page = this.#page(window);
    if (page.listens) window.send(id);
    else page.waiting.push(id);
  }

  #page(window: CommandWindow) {
    const known = this.#pages.get(window);
    if (known !== undefined) return known;
    const page = { listens: false, enabled: new Set<CommandId>(), waiting: [] };
    this.#pages.set(window, page);
    return page;
  }
}
