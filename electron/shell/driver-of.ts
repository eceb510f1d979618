import type { Backend } from '../contract/contract.ts';
import type { Host } from '../contract/host.ts';
import type { MachineVm } from '../contract/machine.ts';

/**
 * Knows which driver runs a machine on this host. Until the host has been looked at, and for a guest that it does not
 * list, a Mac counts as running it with `vz`, whose guests end with the app: the answer that loses nothing.
 */
export class DriverOf implements Disposable {
  /** Resolves when the host has been looked at, or can't be. */
  readonly known: Promise<void>;
  readonly #unsubscribe: () => void;
  readonly #platform: NodeJS.Platform;
  #guests: Host['guests'] = [];

  constructor(backend: Backend, platform: NodeJS.Platform) {
    this.#platform = platform;
    this.#unsubscribe = backend.subscribe((name, payload) => {
      // The name says which payload it is, which a generic pair can't.
      if (name === 'host.changed') this.#guests = (payload as { host: Host }).host.guests;
    });
    this.known = backend.handlers['host.get']({}, { signal: AbortSignal.timeout(60_000) }).then(
      (host) => {
        this.#guests = host.guests;
      },
      (error: unknown) => console.error('The host could not be looked at:', error),
    );
  }

  /** The driver of a machine's guests. */
  vm(vm: Pick<MachineVm, 'os' | 'arch'>): 'qemu' | 'vz' {
    const guest = this.#guests.find(({ os, arch }) => os === vm.os && arch === vm.arch);
    return guest?.driver ?? (this.#platform === 'darwin' ? 'vz' : 'qemu');
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}
