import { openRegistry, type RegistryClient } from '../../registry/client/registry-client.ts';
import type { AppError } from '../../contract/errors.ts';
import { isKnownInsecure } from '../../settings/known-insecure.ts';
import { credentialsFor } from '../../credentials/find-credentials.ts';

/** Says what went wrong on the way to something that may work all the same. */
export type Warn = (message: string, error: AppError) => void;

/** The registries that one piece of work talks to, with the logins that this user has for them. Closed with it. */
export class Registries implements AsyncDisposable {
  readonly #insecure: boolean;
  readonly #warn: Warn | undefined;
  readonly #clients = new Map<string, RegistryClient>();

  /**
   * @param insecure http, as Tart's --insecure
   * @param warn is told of a place that may hold a login and could not be asked
   */
  constructor(insecure: boolean, warn?: Warn) {
    this.#insecure = insecure;
    this.#warn = warn;
  }

  /** The registry of a host, `host[:port]`; asks nothing of it yet. */
  readonly of = (host: string): RegistryClient => {
    const known = this.#clients.get(host);
    if (known !== undefined) return known;
    const client = openRegistry({
      host,
      insecure: this.#insecure || isKnownInsecure(host),
      credentials: credentialsFor(host, { warn: this.#warn }),
    });
    this.#clients.set(host, client);
    return client;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client[Symbol.asyncDispose]()));
    this.#clients.clear();
  }
}
