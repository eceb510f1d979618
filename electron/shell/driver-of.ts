import type { Backend } from '../contract/contract.ts';
import type { Host } from '../contract/host.ts';
import type { MachineVm } from '../contract/machine.ts';

/**
 * Knows which driver runs a machine on this host. Only a Mac has a choice. Until it has been looked at, and for a guest that
 * it does not list, it counts as running it with `vz`, whose guests end with the app: the answer that loses nothing.
 */
export class DriverOf implements Disposable {
  /** Resolves when the host has been looked at, or can't be. */
  readonly known: Promise<void>;
  readonly #unsubscribe: () => void;
  readonly #isMac: boolean;
  #guests: Host['guests'] = [];

  constructor(backend: Backend, platform: NodeJS.Platform) {
    this.#isMac = platform === 'darwin';
    this.#unsubscribe = backend.subscribe((name, payload) => {
      // The name says which payload it is, which a generic pair can't.
      if (name === 'host.changed') this.#guests = (payload as { host: Host }).host.guests;
    });
    this.known = this.#isMac ? this.#look(backend) : Promise.resolve();
  }

  /** The driver of a machine's guests. */
  vm(vm: Pick<MachineVm, 'os' | 'arch'>): 'qemu' | 'vz' {
    if (!this.#isMac) return 'qemu';
    return this.#guests.find(({ os, arch }) => os === vm.os && arch === vm.arch)?.driver ?? 'vz';
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  async #look(backend: Backend): Promise<void> {
    try {
      const host = await backend.handlers['host.get']({}, { signal: AbortSignal.timeout(60_000) });
      this.#guests = host.guests;
    } catch (error) {
      console.error('The host could not be looked at:', error);
    }
  }
}
