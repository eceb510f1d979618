import type { Address } from '../../contract/machine.ts';
import type { Machine } from '../../hypervisor/machine.ts';

/** While a guest boots it has no address; afterwards it may get another. Both in milliseconds. */
const firstPauseMs = 1500;
const maxPauseMs = 8_000;
const knownPauseMs = 60_000;
/** An agent that does not answer within this is asked again later. */
const answerMs = 4_000;

/** Asks the guests that run where they are reached, until they say, and now and then after that. */
export class AddressFinder {
  readonly #learn: (name: string, address: Address) => void;
  readonly #find: (name: string, machine: Machine, signal: AbortSignal) => Promise<Address>;
  readonly #following = new Map<string, AbortController>();

  /** `learn` is called with every new address that `find` tells. */
  constructor(
    learn: (name: string, address: Address) => void,
    find: (name: string, machine: Machine, signal: AbortSignal) => Promise<Address>,
  ) {
    this.#learn = learn;
    this.#find = find;
  }

  /** Begins to ask; does nothing if it already does. */
  follow(name: string, machine: Machine): void {
    if (this.#following.has(name)) return;
    const controller = new AbortController();
    this.#following.set(name, controller);
    void this.#ask(name, machine, controller.signal, firstPauseMs);
  }

  async #ask(name: string, machine: Machine, signal: AbortSignal, pauseMs: number): Promise<void> {
    if (signal.aborted) return;
    let nextMs = Math.min(pauseMs * 1.5, maxPauseMs);
    // A paused guest can't answer, and asking would only fill its agent's queue.
    if (machine.state.phase === 'running') {
      try {
        const address = await this.#find(name, machine, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
        if (this.#following.get(name)?.signal === signal) this.#learn(name, address);
        // The address that the network gives out is a good guess until the guest itself can say.
        if (address.source !== 'user-network') nextMs = knownPauseMs;
      } catch {
        // No agent, or none yet: asked again below.
      }
    }
    const timer = setTimeout(() => void this.#ask(name, machine, signal, nextMs), nextMs).unref();
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  stop(name: string): void {
    this.#following.get(name)?.abort();
    this.#following.delete(name);
  }

  stopAll(): void {
    for (const name of [...this.#following.keys()]) this.stop(name);
  }
}
