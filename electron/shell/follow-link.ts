import type { Handlers } from '../contract/contract.ts';
import { AppError } from '../contract/errors.ts';
import type { Vm, VmId } from '../contract/machine.ts';
import { type DeepLink, parseDeepLink } from './deep-link.ts';
import type { Question } from './quit.ts';

/** What addresses can ask of the app. */
export interface LinkActions {
  vms(): readonly Vm[];
  openLibrary(): void;
  openConsole(id: VmId): void;
  /** Shows the jobs, where what was agreed to can be watched and called off. */
  showJobs(): void;
  pull: Handlers['images.pull'];
  ask(question: Question<'pull' | 'cancel'>): Promise<'pull' | 'cancel'>;
  tell(error: AppError): Promise<void>;
  /** Aborts when the app ends. */
  signal: AbortSignal;
}

/** Does what addresses ask. While one waits for an answer no other asks: a page could bury the person in questions. */
export class LinkFollower {
  readonly #duties: LinkActions;
  #isAsking = false;

  constructor(duties: LinkActions) {
    this.#duties = duties;
  }

  /** An address that is none of ours only brings Tatin to the front, as it was opened with it. */
  async follow(text: string): Promise<void> {
    const link = parseDeepLink(text) ?? { verb: 'open' };
    if (link.verb === 'pull') await this.#pull(link);
    else this.#show(link);
  }

  #show(link: Exclude<DeepLink, { verb: 'pull' }>): void {
    const vm = link.verb === 'show' ? this.#duties.vms().find(({ name }) => name === link.name) : undefined;
    if (vm === undefined) this.#duties.openLibrary();
    else this.#duties.openConsole(vm.id);
  }

  async #pull({ reference }: { reference: string }): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { signal } = this.#duties;
    try {
      this.#duties.openLibrary();
      if ((await this.#duties.ask(pullQuestion(reference))) !== 'pull') return;
      await this.#duties.pull({ reference, insecure: false, concurrency: 4 }, { signal });
      this.#duties.showJobs();
    } catch (error) {
      if (!signal.aborted) await this.#duties.tell(AppError.from(error));
    } finally {
      this.#isAsking = false;
    }
  }
}

/** Cancel is the default: who opened the address need not be who sits here. */
function pullQuestion(reference: string): Question<'pull' | 'cancel'> {
  const host = reference.split('/', 1)[0] ?? '';
  return {
    message: `Fetch the image “${reference}”?`,
    detail: `A link asked for it, which any web page or message can hold. It comes from ${host} and takes room on the disk; nothing of it is started.`,
    answers: [
      { label: 'Fetch', choice: 'pull' },
      { label: 'Cancel', choice: 'cancel' },
    ],
    safe: 'cancel',
  };
}
