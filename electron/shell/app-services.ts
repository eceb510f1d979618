import type { Handlers } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import { installTool, type ToolPlaces } from './command-line-tool.ts';
import { type LinkActions, LinkFollower } from './follow-link.ts';
import type { Question } from './quit.ts';
import { type UpdateActions, Updates } from './updates.ts';

/** What errands need of the app around them. */
export interface AppServiceParts extends Pick<
  LinkActions,
  'vms' | 'openLibrary' | 'openConsole' | 'showJobs' | 'signal'
> {
  handlers: Handlers;
  tool: ToolPlaces;
  updates: Pick<UpdateActions, 'version' | 'isInstalled' | 'feed' | 'load'>;
  ask<Choice extends string>(question: Question<Choice>): Promise<Choice>;
  tell(error: AppError): Promise<void>;
  quit(): void;
}

/** What the app does for itself rather than for a machine: addresses that it is opened with, its tool, new versions of it. */
export class AppServices implements Disposable {
  readonly #parts: AppServiceParts;
  readonly #links: LinkFollower;
  readonly #updates: Updates;

  constructor(parts: AppServiceParts) {
    this.#parts = parts;
    this.#links = new LinkFollower({
      ...parts,
      pull: (input, context) => parts.handlers['images.pull'](input, context),
      ask: (question) => parts.ask(question),
      tell: (error) => parts.tell(error),
    });
    this.#updates = new Updates({
      ...parts.updates,
      ask: (question) => parts.ask(question),
      tell: (error) => parts.tell(error),
      quit: () => parts.quit(),
    });
    this.#updates.start();
  }

  /** The app was opened with an address. */
  async followLink(text: string): Promise<void> {
    await this.#links.follow(text);
  }

  /** "Install Command Line Tool…" was chosen. */
  async installTool(): Promise<void> {
    const { tool } = this.#parts;
    try {
      const outcome = await installTool(tool);
      await this.#parts.ask({
        message:
          outcome === 'installed' ? 'The command line tool is installed' : 'The command line tool is there already',
        detail: `Type “tatin help” in a terminal. It is ${tool.link}.`,
        answers: [{ label: 'OK', choice: 'ok' }],
      });
    } catch (error) {
      const reason = AppError.from(error);
      if (reason.code !== 'cancelled') await this.#parts.tell(reason);
    }
  }

  /** "Check for Updates…" was chosen. */
  async lookForUpdates(): Promise<void> {
    await this.#updates.look();
  }

  [Symbol.dispose](): void {
    this.#updates[Symbol.dispose]();
  }
}
