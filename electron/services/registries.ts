import { openRegistry, type RegistryClient } from '../registry/client/registry-client.ts';
import { noCredentials } from '../registry/client/credentials.ts';

/** The registries that one piece of work talks to, with the logins that this user has for them. Closed with it. */
export class Registries implements AsyncDisposable {
  readonly #insecure: boolean;
  readonly #clients = new Map<string, RegistryClient>();

  /** @param insecure http, as Tart's --insecure */
  constructor(insecure: boolean) {
    this.#insecure = insecure;
  }

  /** The registry of a host, `host[:port]`; asks nothing of it yet. */
  readonly of = (host: string): RegistryClient => {
    const known = this.#clients.get(host);
    if (known !== undefined) return known;
    const client = openRegistry({ host, insecure: this.#insecure, credentials: noCredentials });
    this.#clients.set(host, client);
    return client;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client[Symbol.asyncDispose]()));
    this.#clients.clear();
  }
}
