import { Emitter } from '../../contract/emitter.ts';
import type { MachineState } from '../../contract/machine.ts';

/** The state of a machine, and those who want to know it. */
export class States {
  #current: MachineState;
  readonly #changes = new Emitter<MachineState>();

  constructor(first: MachineState) {
    this.#current = first;
  }

  get current(): MachineState {
    return this.#current;
  }

  become(state: MachineState): void {
    this.#current = state;
    this.#changes.emit(state);
  }

  /** Calls `listener` with every new state until the returned function is called. */
  onChange(listener: (state: MachineState) => void): () => void {
    return this.#changes.on(listener);
  }

  /** Resolves with the first state, the current one included, that `wanted` accepts; rejects if called off. */
  async reach(wanted: (state: MachineState) => boolean, signal?: AbortSignal): Promise<MachineState> {
    signal?.throwIfAborted();
    if (wanted(this.#current)) return this.#current;
    const { promise, resolve, reject } = Promise.withResolvers<MachineState>();
    const stop = this.onChange((state) => {
      if (wanted(state)) resolve(state);
    });
    const abort = () => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal?.addEventListener('abort', abort);
    try {
      return await promise;
    } finally {
      stop();
      signal?.removeEventListener('abort', abort);
    }
  }
}

/** Now, as states tell it. */
export function now(): string {
  return new Date().toISOString();
}
