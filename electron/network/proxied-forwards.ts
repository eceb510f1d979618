import type { PortForward } from '../contract/machine.ts';
import { changesBetween, sameForward } from './forward-set.ts';
import { type FindGuest, type OpenForward, openForward } from './forward-proxy.ts';

/** Forwards into one guest that this process carries itself. */
export class ProxiedForwards implements AsyncDisposable {
  readonly #findGuest: FindGuest;
  #open: OpenForward[] = [];

  constructor(findGuest: FindGuest) {
    this.#findGuest = findGuest;
  }

  get forwards(): readonly PortForward[] {
    return this.#open.map(({ forward }) => forward);
  }

  /**
   * Opens and closes, so that these are open and no others; connections of those that stay go on.
   * @throws AppError `port-taken`; then all is as it was
   */
  async set(wanted: readonly PortForward[]): Promise<void> {
    const { close, open } = changesBetween(this.forwards, wanted);
    const [going, staying] = [true, false].map((isGoing) =>
      this.#open.filter(({ forward }) => close.some((one) => sameForward(one, forward)) === isGoing),
    );
    // A port that leads elsewhere now must be closed before it is opened again.
    await closeAll(going ?? []);
    this.#open = staying ?? [];
    const opened: OpenForward[] = [];
    try {
      for (const forward of open) opened.push(await openForward(forward, this.#findGuest));
    } catch (error) {
      await closeAll(opened);
      for (const forward of close) this.#open.push(await openForward(forward, this.#findGuest));
      throw error;
    }
    this.#open.push(...opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeAll(this.#open);
    this.#open = [];
  }
}

async function closeAll(list: readonly OpenForward[]): Promise<void> {
  await Promise.all(list.map((one) => one[Symbol.asyncDispose]()));
}
