import type { Backend } from '../contract/contract.ts';
import type { Host } from '../contract/host.ts';
import type { MachineVm } from '../contract/machine.ts';

/**
 * Knows which driver runs a machine on this host. Until the host has been looked at, and for a guest that it does not
 * list, every machine counts as `vz`, whose guests end with the app: the answer that loses nothing.
 */
export class DriverOf implements Disposable {
  readonly #unsubscribe: () => void;
  #guests: Host['guests'] = [];

  constructor(backend: Backend) {
    this.#unsubscribe = backend.subscribe((name, payload) => {
      // The name says which payload it is, which a generic pair can't.
      if (name === 'host.changed') this.#guests = (payload as { host: Host }).host.guests;
    });
    backend.handlers['host.get']({}, { signal: AbortSignal.timeout(60_000) }).then(
      (host) => (this.#guests = host.guests),
      (error: unknown) => console.error('The host could not be looked at:', error),
    );
  }

  /** The driver of a machine's guests. */
  vm(vm: Pick<MachineVm, 'os' | 'arch'>): 'qemu' | 'vz' {
    return this.#guests.find((guest) => guest.os === vm.os && guest.arch === vm.arch)?.driver ?? 'vz';
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}
