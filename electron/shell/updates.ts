import { AppError } from '../contract/errors.ts';
import { isSafeFeed } from '../contract/settings.ts';
import type { Question } from './quit.ts';

/** The parts of electron-updater's `autoUpdater` that are used. */
export interface Updater {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  setFeedURL(feed: { provider: 'generic'; url: string }): void;
  checkForUpdates(): Promise<{
    readonly isUpdateAvailable: boolean;
    readonly updateInfo: { readonly version: string };
  } | null>;
  downloadUpdate(): Promise<unknown>;
}

/** What updating needs of the app. */
export interface UpdateActions {
  /** The version that runs. */
  version: string;
  /** Whether this copy was installed, so that there is something to replace. */
  isInstalled: boolean;
  /** Where new versions are now, since it may be set at any time; undefined: nowhere, and nothing is looked for. */
  feed(): string | undefined;
  /** Loaded only when there is a feed: it does much as soon as it is there. */
  load(): Promise<Updater>;
  ask<Choice extends string>(question: Question<Choice>): Promise<Choice>;
  tell(error: AppError): Promise<void>;
  /** Ends the app by the way that asks about machines. */
  quit(): void;
}

/**
 * Where updating stands.
 *
 *     idle ──look──▶ looking ──▶ idle            (nothing new, or it can't be known)
 *                       │
 *                       └──newer──▶ offered ──Later──▶ idle
 *                                      └──Download──▶ fetching ──▶ ready   (installed when the app ends)
 */
export type UpdateState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'looking' }
  | { readonly kind: 'offered'; readonly version: string }
  | { readonly kind: 'fetching'; readonly version: string }
  | { readonly kind: 'ready'; readonly version: string };

/** New versions are looked for at the start and then this often. */
const everyMs = 24 * 60 * 60_000;

/** Looks for new versions where a feed is set, says what it found, and fetches nothing without being told to. */
export class Updates implements Disposable {
  readonly #duties: UpdateActions;
  #state: UpdateState = { kind: 'idle' };
  #timer: NodeJS.Timeout | undefined;

  constructor(duties: UpdateActions) {
    this.#duties = duties;
  }

  get state(): UpdateState {
    return this.#state;
  }

  /** Looks now and every day, and speaks only of a newer version. */
  start(): void {
    if (!this.#duties.isInstalled) return;
    const lookIfSet = (): void => void (this.#duties.feed() === undefined ? undefined : this.#look(false));
    lookIfSet();
    this.#timer = setInterval(lookIfSet, everyMs).unref();
  }

  /** Looks because the person wants to know, and says so whatever it finds. */
  async look(): Promise<void> {
    await this.#look(true);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(isAsked: boolean): Promise<void> {
    if (this.#state.kind === 'ready') {
      if (isAsked) await this.#offerToQuit(this.#state.version);
      return;
    }
    if (this.#state.kind !== 'idle') return;
    this.#state = { kind: 'looking' };
    try {
      const updater = await this.#open();
      const found = await updater.checkForUpdates();
      if (found?.isUpdateAvailable === true) await this.#offer(updater, found.updateInfo.version);
      else if (isAsked) await this.#duties.ask(upToDate(this.#duties.version));
    } catch (error) {
      if (isAsked) await this.#duties.tell(updateError(error));
      else console.error('New versions could not be looked for:', error);
    } finally {
      if (!this.#isReady()) this.#state = { kind: 'idle' };
    }
  }

  #isReady(): boolean {
    return this.#state.kind === 'ready';
  }

  async #open(): Promise<Updater> {
    const { isInstalled } = this.#duties;
    const feed = this.#duties.feed();
    if (!isInstalled)
      throw new AppError('not-supported', 'This copy of Tatin runs from its source, and is updated there.');
    if (feed === undefined)
      throw new AppError('not-supported', 'Tatin does not look for new versions: no address is set for them.', {
        hint: 'Name the address of a folder that holds them in the settings (updates.feed), or install a new version over this one.',
      });
    const url = checkedFeed(feed);
    const updater = await this.#duties.load();
    updater.autoDownload = false;
    updater.autoInstallOnAppQuit = true;
    updater.setFeedURL({ provider: 'generic', url });
    return updater;
  }

  async #offer(updater: Updater, version: string): Promise<void> {
    this.#state = { kind: 'offered', version };
    const choice = await this.#duties.ask<'download' | 'later'>({
      message: `Tatin ${version} is available`,
      detail: `You have ${this.#duties.version}. It is downloaded now and installed when Tatin quits; machines are asked about as always.`,
      answers: [
        { label: 'Download', choice: 'download' },
        { label: 'Later', choice: 'later' },
      ],
    });
    if (choice === 'later') return;
    this.#state = { kind: 'fetching', version };
    try {
      await updater.downloadUpdate();
    } catch (error) {
      await this.#duties.tell(updateError(error));
      return;
    }
    this.#state = { kind: 'ready', version };
    await this.#offerToQuit(version);
  }

  async #offerToQuit(version: string): Promise<void> {
    const choice = await this.#duties.ask<'quit' | 'later'>({
      message: `Tatin ${version} is ready`,
      detail: 'It replaces this version when Tatin quits.',
      answers: [
        { label: 'Quit and Install', choice: 'quit' },
        { label: 'Later', choice: 'later' },
      ],
    });
    if (choice === 'quit') this.#duties.quit();
  }
}

/**
 * A feed whose answers nobody on the way can change; without encryption only this computer's own.
 * @throws AppError `invalid-input`
 */
export function checkedFeed(text: string): string {
  if (isSafeFeed(text)) return new URL(text).href;
  throw new AppError('invalid-input', `“${text}” is not an address to get new versions from.`, {
    hint: 'TATIN_UPDATE_FEED and the setting updates.feed take an address that begins with https://.',
  });
}

function upToDate(version: string): Question<'ok'> {
  return {
    message: 'Tatin is up to date',
    detail: `${version} is the newest version there is.`,
    answers: [{ label: 'OK', choice: 'ok' }],
  };
}

function updateError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('connection-lost', 'The new version could not be had.', {
    hint: 'Check the network, and try again.',
    details: error instanceof Error ? error.message : String(error),
    retry: true,
    cause: error,
  });
}
