import { isKnownInsecure } from '../settings/known-insecure.ts';
import { AppError } from '../contract/errors.ts';
import { parseHost } from '../contract/reference.ts';
import { type RegistryOptions, openRegistry } from '../registry/client/registry-client.ts';
import { credentialsFor, defaultProviders } from './find-credentials.ts';
import { type Keychain, openKeychain } from './keychain.ts';
import type { CredentialProvider } from './provider.ts';

export interface LogInRequest {
  /** `host[:port]` */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  readonly insecure: boolean;
  /** Tries them at the registry before keeping them. */
  readonly validate: boolean;
  readonly signal: AbortSignal;
}

export interface LogInRooms {
  readonly keychain?: Keychain | undefined;
  readonly registry?: Pick<RegistryOptions, 'caFiles' | 'env' | 'retries'> | undefined;
}

/**
 * Keeps a name and password for a registry in the keychain, if that registry takes them.
 * @throws AppError `reference-not-allowed`, `invalid-input`, `login-refused`, `keychain-locked`, `not-supported`, and those of the
 * registry
 */
export async function logIn(
  { host: text, username, password, insecure, validate, signal }: LogInRequest,
  { keychain = openKeychain(), registry = {} }: LogInRooms = {},
): Promise<void> {
  const host = parseHost(text);
  // A colon ends the name when both are sent (RFC 7617).
  if (username === '' || username.includes(':'))
    throw new AppError('invalid-input', 'A name to log in with can’t be empty and has no colon.');
  if (password === '') throw new AppError('invalid-input', 'The password is empty.');
  if (validate) {
    const credentials = { kind: 'password', username, password } as const;
    await using client = openRegistry({
      ...registry,
      host,
      insecure: insecure || isKnownInsecure(host),
      credentials: () => Promise.resolve({ credentials }),
    });
    await client.ping(signal);
  }
  await keychain.store(host, { username, password }, signal);
}

export interface LogOutRooms {
  readonly keychain?: Keychain | undefined;
  readonly providers?: readonly CredentialProvider[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Forgets the login to a registry; nothing happens if none was kept.
 * @throws AppError `reference-not-allowed`, `keychain-locked`, `not-allowed` if there is one that is not ours to forget
 */
export async function logOut(
  text: string,
  {
    keychain = openKeychain(),
    providers = defaultProviders(),
    signal = AbortSignal.timeout(120_000),
  }: LogOutRooms = {},
): Promise<void> {
  const host = parseHost(text);
  if (await keychain.forget(host, signal)) return;
  for (const provider of providers) {
    const { credentials } = await credentialsFor(host, { providers: [provider] })(signal);
    if (credentials !== undefined)
      throw new AppError('not-allowed', `The login to ${host} comes from ${provider.name}, which Tatin only reads.`, {
        hint: `Forget it there: ${howToForget(provider.name)}.`,
      });
  }
}

function howToForget(name: string): string {
  if (name === 'the environment') return 'unset TART_REGISTRY_USERNAME and TART_REGISTRY_PASSWORD';
  return name.startsWith('Tart') ? 'tart logout' : 'docker logout';
}
