import type { Client, ConnectionState } from '../../../electron/contract/contract.ts';
import { Emitter } from '../../../electron/contract/emitter.ts';
import { AppError, type ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Vm, VmId } from '../../../electron/contract/machine.ts';

/** The VM that a console is about, as far as is known. */
export type ConsoleVm =
  | { readonly kind: 'loading' }
  | { readonly kind: 'there'; readonly vm: Vm }
  | { readonly kind: 'gone'; readonly error: ErrorInfo };

const gone: ErrorInfo = {
  code: 'vm-not-found',
  message: 'This virtual machine is no longer in the library.',
  hint: 'It was renamed, moved or deleted.',
};

export interface ConsoleVmSnapshot {
  readonly machine: ConsoleVm;
  readonly connection: ConnectionState;
}

/** Follows one VM: asks for it whenever the connection comes (back), and takes in every change that is told. */
export class VmFollower {
  readonly #client: Client;
  readonly #id: VmId;
  readonly #changes = new Emitter<void>();
  #snapshot: ConsoleVmSnapshot = { machine: { kind: 'loading' }, connection: 'connecting' };

  constructor(client: Client, id: VmId) {
    this.#client = client;
    this.#id = id;
  }

  readonly getSnapshot = (): ConsoleVmSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => this.#changes.on(listener);

  /** Follows until the returned function is called. */
  follow(): () => void {
    const ends = [
      this.#client.on('vm.changed', ({ vm }) => {
        if (vm.id === this.#id) this.take(vm);
      }),
      this.#client.on('vm.removed', ({ id }) => {
        if (id === this.#id) this.#lose();
      }),
      this.#client.on('vms.replaced', ({ vms }) => {
        const vm = vms.find(({ id }) => id === this.#id);
        if (vm === undefined) this.#lose();
        else this.take(vm);
      }),
      this.#client.onConnection((connection) => {
        this.#change({ connection });
        if (connection === 'connected') void this.#ask();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Takes in what a call replied with. */
  take(vm: Vm): void {
    this.#change({ machine: { kind: 'there', vm } });
  }

  async #ask(): Promise<void> {
    try {
      this.take(await this.#client.call('vms.get', { id: this.#id }));
    } catch (thrown) {
      const error = AppError.from(thrown);
      // The connection's own state tells of a connection that went away meanwhile.
      if (error.code !== 'connection-lost') this.#change({ machine: { kind: 'gone', error: error.toInfo() } });
    }
  }

  #lose(): void {
    this.#change({ machine: { kind: 'gone', error: gone } });
  }

  #change(changes: Partial<ConsoleVmSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changes };
    this.#changes.emit();
  }
}
