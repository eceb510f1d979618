import type { Credentials } from '../registry/client/credentials.ts';
import type { CredentialProvider, Environment } from './provider.ts';

/** Tart's own, so that scripts move over. */
const names = {
  username: 'TART_REGISTRY_USERNAME',
  password: 'TART_REGISTRY_PASSWORD',
  host: 'TART_REGISTRY_HOSTNAME',
} as const;

/** The variables, for hints. */
export const environmentHint = `set ${names.username} and ${names.password}`;

/** A login in the environment: for every registry, or for the one that it names. */
export function environmentProvider(env: Environment = process.env): CredentialProvider {
  const { [names.username]: username, [names.password]: password, [names.host]: only = '' } = env;
  const credentials: Credentials | undefined =
    username === undefined || password === undefined ? undefined : { kind: 'password', username, password };
  return {
    name: 'the environment',
    find: (host) => Promise.resolve(only === '' || only === host ? credentials : undefined),
    list: () =>
      Promise.resolve(
        username === undefined || credentials === undefined
          ? []
          : [{ host: only === '' ? '*' : only, username, source: 'environment', canLogOut: false }],
      ),
  };
}
