import { AppError } from '../contract/errors.ts';
import type { Registry } from '../contract/images.ts';
import type { CredentialSource } from '../registry/client/credentials.ts';
import { dockerProvider } from './docker-config.ts';
import { environmentProvider } from './environment.ts';
import { openKeychain } from './keychain.ts';
import type { CredentialProvider } from './provider.ts';
import { tartKeychainProvider } from './tart-keychain.ts';

export interface FindOptions {
  readonly providers?: readonly CredentialProvider[] | undefined;
  /** Told of a place that could not be read; the next one is asked. */
  readonly warn?: ((message: string, error: AppError) => void) | undefined;
}

/** Where logins are looked for, the first that has one wins: as Tart's order, with its own items last. */
export function defaultProviders(): readonly CredentialProvider[] {
  const keychains = [openKeychain(), ...(process.platform === 'darwin' ? [tartKeychainProvider()] : [])];
  return [environmentProvider(), dockerProvider(), ...keychains];
}

/** The login for a registry (`host[:port]`), for its client. Never rejects but with the signal's reason. */
export function credentialsFor(host: string, options: FindOptions = {}): CredentialSource {
  return async (signal) => {
    let problem: AppError | undefined;
    for (const provider of options.providers ?? defaultProviders())
      try {
        const credentials = await provider.find(host, signal);
        if (credentials !== undefined) return { credentials };
      } catch (error) {
        signal.throwIfAborted();
        const reason = AppError.from(error);
        options.warn?.(`${provider.name} could not be asked for the login to ${host}`, reason);
        // The last place is the one where a person most likely keeps it.
        problem = reason;
      }
    return { problem };
  };
}

/** All logins that are known, by host; of several for one host only the one that is used. */
export async function listRegistries(signal: AbortSignal, options: FindOptions = {}): Promise<Registry[]> {
  const found = new Map<string, Registry>();
  for (const provider of options.providers ?? defaultProviders())
    try {
      for (const registry of await provider.list(signal))
        if (!found.has(registry.host)) found.set(registry.host, registry);
    } catch (error) {
      signal.throwIfAborted();
      options.warn?.(`${provider.name} could not be asked for logins`, AppError.from(error));
    }
  return [...found.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
}
